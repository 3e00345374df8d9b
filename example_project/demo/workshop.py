"""A project of the demo's own in a folder: the first draft, golden examples, recorded answers."""

from __future__ import annotations

import gzip
import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text_files import atomic_write
from pytest_promptevo.project import Project, Settings
from pytest_promptevo.recording import Answered, committed_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.project.suite_run import SuiteRun
    from pytest_promptevo.recording import Recording
    from pytest_promptevo.recording.answerer import Mode

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "golden"
RECORDED = HERE / "recorded.jsonl.gz"
"""What the embedded model has answered."""

FIGURES = HERE / "figures.json"
"""What the searches made of that."""

WORKSHOP = HERE / ".promptevo" / "recording"
"""Where answers are kept until all of them are there."""

SUITE = "order-number"
FILE = "order_number.promptevo.yaml"


@contextmanager
def workshop(
    folder: Path, mode: Mode, recorded: Path | None, model: str = ""
) -> Iterator[SuiteRun]:
    """Makes the project and opens its suite.

    Args:
        folder: Where it is made.
        mode: ``none`` replays the recorded answers, ``missing`` asks for what is not known.
        recorded: Recorded answers; None: nothing is known.
        model: Reference of the model, in place of the suite's.
    """
    (folder / FILE).write_bytes((HERE / "first_draft.yaml").read_bytes())
    for name, source in (("golden", "order_number"), ("shots", "order_number_shots")):
        lines = (GOLDEN / f"{source}.jsonl").read_text("utf-8").splitlines()
        atomic_write(folder / f"{name}.jsonl", "".join(map(_as_json_task, lines)))
    if recorded is not None:
        with gzip.open(recorded, "rt", encoding="utf-8") as file:
            atomic_write(folder / "promptevo_recordings" / f"{SUITE}.jsonl", file.read())
    models = {"primary": model} if model else {}
    with Project.open(folder, Settings(record=mode, models=models)) as project:
        yield project.load(FILE)


def _as_json_task(line: str) -> str:
    """Returns a golden example whose order number is expected as a field of a JSON object."""
    example: dict[str, Any] = json.loads(line)
    example["expected"] = {"order_number": example["expected"]}
    return json.dumps(example, ensure_ascii=False) + "\n"


def keep(run: SuiteRun, evaluations: Iterable[Evaluation], path: Path) -> int:
    """Writes the answers of evaluations to a file of recorded answers; returns how many."""
    by_example: dict[str, dict[Recording, int]] = {}
    for evaluation in evaluations:
        for asked in evaluation.asked:
            by_example.setdefault(evaluation.example, {})[asked.recording] = asked.draw
    text = committed_text(
        Answered(
            name,
            run.suite.by_id[name].fingerprint,
            [
                (draw, made)
                for made, draw in sorted(
                    found.items(), key=lambda each: (each[0].key, each[0].max_tokens or 0)
                )
            ],
        )
        for name, found in by_example.items()
    )
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    return text.count("\n")
