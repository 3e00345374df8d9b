"""Each sample of README and docs is run, or says why it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import checks, scenes, search_scenes, traffic_scenes  # noqa: F401  they register what makes the folders
from .matching import difference
from .samples import Sample, read_pages
from .stage import SCENES, Stage

if TYPE_CHECKING:
    from pathlib import Path

_PAGES = read_pages()
_SAMPLES = [sample for page in _PAGES for sample in page.samples]
_MARKS = {
    "application": pytest.mark.real_model,
    "audit": pytest.mark.real_model,
    "python-test": pytest.mark.real_model,
}
_MAY_NOT_RUN = 3


def _parameter(sample: Sample) -> object:
    marks = [_MARKS[sample.scene]] if sample.scene in _MARKS else []
    return pytest.param(sample, id=f"{sample.page}-{sample.name}", marks=marks)


@pytest.mark.parametrize("sample", [_parameter(each) for each in _SAMPLES if not each.why_not])
def test_sample(sample: Sample, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    where = f"{sample.page}:{sample.line}"
    assert sample.comment, f"{where}: no comment above says how the sample is run"
    assert sample.scene in SCENES, f"{where}: no scene {sample.scene!r}"
    folder = tmp_path / "scene"
    folder.mkdir()
    stage = Stage(folder, sample, request.getfixturevalue)
    commands = SCENES[sample.scene](stage)
    for command, shown in sample.commands if commands is None else commands:
        code, printed = stage.run(command)
        if shown is None:
            assert code == 0, f"{where}: {command} ends with {code}\n{printed}"
        else:
            wrong = difference(shown, printed)
            assert not wrong, f"{where}: $ {command}\n{wrong}\nprinted is:\n{printed}"


def test_each_comment_stands_above_a_block() -> None:
    assert [stray for page in _PAGES for stray in page.strays] == []


def test_few_samples_are_not_run() -> None:
    left_out = [f"{sample.page}:{sample.line}" for sample in _SAMPLES if sample.why_not]
    assert len(left_out) <= _MAY_NOT_RUN, left_out
