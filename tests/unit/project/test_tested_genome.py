"""The genome of a lock, which need not be one of the suite as it is now."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_promptevo.errors import LockError
from pytest_promptevo.lock import read_lock
from pytest_promptevo.project import tested_genome as module
from pytest_promptevo.suite import load_suite

RECORDED = Path(__file__).parents[2] / "project" / "recorded"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"shots": ["s-99"]}, "uses the few-shot example 's-99', which is gone"),
        ({"model": "other"}, "uses the model role 'other', which is gone"),
        (
            {"instruction": "{{place}}?"},
            "uses the input 'place', which example 'o-0' does",
        ),
        ({"instruction": "Copy {{instruction}}"}, "uses the input 'instruction', which example"),
    ],
)
def test_a_genome_that_the_suite_has_not_what_it_takes_for_is_refused(changes, told):
    suite = load_suite(RECORDED / "order.promptevo.yaml", RECORDED)
    path = RECORDED / "racing.lock"
    entry = read_lock(path).entries["order"]
    assert module.tested_genome(suite, entry, path, 0).plain() == entry.genome
    wrong = entry.model_copy(update={"genome": {**entry.genome, **changes}})
    for number, remedy in ((0, "delete the entry"), (2, "drops the candidate")):
        with pytest.raises(LockError, match=told) as raised:
            module.tested_genome(suite, wrong, path, number)
        assert remedy in raised.value.hint
