"""What a long search remembers of the genomes that it never pays for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.evolve.operators import strangers
from pytest_promptevo.evolve.racing import breeder as breeding
from pytest_promptevo.evolve.racing import kernel as likeness
from pytest_promptevo.evolve.racing.breeder import Breeder
from pytest_promptevo.evolve.racing.kernel import Kernel
from pytest_promptevo.evolve.racing.tuning import Tuning
from unit.evolve.landscape import INITIAL, SPACE

if TYPE_CHECKING:
    import pytest


def test_it_is_bounded_and_changes_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    elite = strangers(SPACE, INITIAL, 6, np.random.default_rng(0))

    def bred(most: int) -> list[object]:
        monkeypatch.setattr(breeding, "_MOST_MET", most)
        monkeypatch.setattr(likeness, "_MOST_KNOWN", most)
        breeder, kernel = Breeder(SPACE, Tuning(), np.random.default_rng(1)), Kernel(SPACE)
        found: list[object] = []
        for _ in range(6):
            children = list(breeder.children(elite[0], elite, set(elite)))
            alike = kernel.likeness(elite, children)
            found.append((children, alike.round(12).tolist()))
        assert len(breeder._met) <= most + 200
        assert len(kernel._known) <= most + 200
        return found

    assert bred(50) == bred(10_000)
