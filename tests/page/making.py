"""Verdicts and what is shown beside them, made up for tests of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_promptevo.fitness import Objectives, Score, figures
from pytest_promptevo.improve.search_record import Row, SearchRecord, Step, Tried
from pytest_promptevo.lock.parts import suite_figures
from pytest_promptevo.page.build import Page, html_of
from pytest_promptevo.page.shown import Cell, Column, Locked, ShownExample, ShownSuite
from pytest_promptevo.page.texts import block, line, value
from pytest_promptevo.project.against_lock import Standing
from pytest_promptevo.project.suite_facts import SuiteFacts
from pytest_promptevo.project.verdict_record import ExampleRecord, GateRecord

LOCK = str(Path("nowhere") / "promptevo.lock")


def facts(total: int, **changes: Any) -> SuiteFacts:
    values: dict[str, Any] = {
        "suite": "orders",
        "lock": LOCK,
        "threshold": 0.5,
        "weights": {"quality": 1.0},
        "total": total,
        "state": "locked",
        "stale": (),
        "damage": "",
    }
    return SuiteFacts(**{**values, **changes})


def shown_suite(**changes: Any) -> ShownSuite:
    values: dict[str, Any] = {
        "suite": "orders",
        "lock": LOCK,
        "file": "orders.promptevo.yaml",
        "genome": {"instruction": "Only the number.", "temperature": 0.0},
        "user": "{{instruction}}\n{{message}}",
        "system": "",
        "target": "",
        "models": (("primary", "scripted:a:b", "sha256:1234"),),
        "limits": {},
        "pass_mark": 1.0,
    }
    return ShownSuite(**{**values, **changes})


def shown_example(at: int, **changes: Any) -> ShownExample:
    values: dict[str, Any] = {
        "suite": "orders",
        "lock": LOCK,
        "example": f"o-{at:05}",
        "place": at,
        "tags": ("even" if at % 2 == 0 else "odd",),
        "inputs": (("message", f"order {1000 + at} is late"),),
        "expected": str(1000 + at),
        "answer": str(1000 + at),
    }
    return ShownExample(**{**values, **changes})


def page_of(
    qualities: list[float],
    *,
    before: list[float] | None = None,
    shown: dict[int, dict[str, Any]] | None = None,
    has_costs: bool = True,
    lock: str = LOCK,
    **changes: Any,
) -> Page:
    """Returns a page of one suite.

    Args:
        qualities: Quality of each example.
        before: Qualities of the replaced genome.
        shown: Place of an example to what is shown of it otherwise.
        has_costs: Whether answers cost anything, and so pictures of that are rendered.
        lock: Path of its lock.
        changes: What else of the suite is shown otherwise.
    """
    told = facts(len(qualities), lock=lock)
    scores = [
        Score(quality, 100.0 + at % 7, 50.0) if has_costs else Score(quality)
        for at, quality in enumerate(qualities)
    ]
    records: list[Any] = [
        ExampleRecord(
            told,
            f"o-{at:05}",
            score,
            Standing.PASSED if score.quality >= 1 else Standing.KNOWN,
            tags=shown_example(at, **(shown or {}).get(at, {})).tags,
        )
        for at, score in enumerate(scores)
    ]
    figure = figures(scores, Objectives({"quality": 1.0}))
    breaches = () if figure.fitness.mean >= 0.5 else ("fitness is below the threshold 0.5",)
    records.append(GateRecord(told, True, breaches, figure))
    columns = changes.pop("columns", ())
    if before is not None:
        cells = {
            f"o-{at:05}": Cell(quality, quality >= 1, 120.0, 60.0, f"It is {1000 + at}.")
            for at, quality in enumerate(before)
        }
        genome = {"instruction": "What is the number?", "temperature": 0.0}
        columns = (Column("before", genome, cells), *columns)
    examples = [
        shown_example(at, lock=lock, **(shown or {}).get(at, {})) for at in range(len(qualities))
    ]
    return Page(records, [shown_suite(columns=columns, lock=lock, **changes), *examples], 1.7e9)


def search_record(text: str) -> SearchRecord:
    """Returns the record of a search of two genomes, with a text wherever one can stand."""
    figure = suite_figures(figures([Score(0.5, 10.0, 5.0), Score(1.0, 12.0, 6.0)], Objectives()))
    tried = [
        Tried(
            genome={text or "gene": which, "how": f"{which}{text}"},
            n=2,
            fitness=[0.1 * which, 0.0, 0.5],
            quality=[0.3 * which, 0.0, 1.0],
            latency_ms=[10.0, 9.0, 11.0],
            tokens=[5.0 + which, 4.0, 9.0],
            adjusted=0.1 * which,
            keeps_limits=True,
        )
        for which in range(3)
    ]
    return SearchRecord(
        ended=1.7e9,
        parts={},
        strategy=text,
        seed=0,
        calls=20,
        search_calls=10,
        evaluations=6,
        generations=1,
        stopped=text,
        accepted=True,
        reason=text,
        examples=2,
        genomes=3,
        before=0,
        found=1,
        tried=tried,
        front=[1],
        trace=[Step(calls=0, tried=0), Step(calls=5, tried=1)],
        rows=[Row(tried=at, quality={"o-00000": 0.5 * at, text: 0.1}) for at in range(3)],
        is_held_out=False,
        test=[figure, figure],
    )


def hostile(text: str, **changes: Any) -> str:
    """Returns a page on which a text stands wherever one of somebody else's can stand."""
    name = line(text, 60)
    one = {
        "tags": (line(text, 40),),
        "inputs": ((line(text, 40), value(text)),),
        "expected": value(text),
        "answer": block(text),
        "first": block(text),
        "reason": block(text),
    }
    cells = {"o-00000": Cell(0.0, False, answer=block(text[::-1]))}
    page = page_of(
        [0.0, 1.0, 0.0],
        has_costs=False,
        shown={0: one, 1: {"error": block(text)}},
        genome={name or "gene": text, "shots": [text], "t": 0.5},
        columns=(Column("before", {name or "gene": text[1:]}, cells),),
        user=text,
        system=text,
        file=text,
        target=text,
        models=((text, text, text),),
        locked=Locked(search=text, origins={name or "gene": text}),
        **changes,
    )
    return html_of(
        Page(page.records, page.shown, page.at, commit=text, problems=[text, f"{text} again"])
    )
