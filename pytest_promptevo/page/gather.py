"""Takes from a suite in a run what the page shows of it; no model is asked."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.errors import PromptEvoError, shown_path
from pytest_promptevo.evaluation.evaluator import Evaluator
from pytest_promptevo.evaluation.repeats import merged
from pytest_promptevo.genome import Genome
from pytest_promptevo.improve.search_record import PARTS
from pytest_promptevo.page.shown import BEFORE, Cell, Column, Locked, ShownExample, ShownSuite
from pytest_promptevo.page.texts import LONGEST, block, line, value
from pytest_promptevo.project.verdict_record import ExampleRecord, GateRecord
from pytest_promptevo.prompt import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.project import SuiteRun
    from pytest_promptevo.project.verdict_record import Record
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.recording import Answerer

_MOST_INPUTS = 20
"""Inputs of an example that are shown."""

_MOST_TEXTS = 40
"""Texts of a genome whose origin is shown."""

_ORIGIN_WIDTH = 400

_MOST_TAGS = 10
"""Labels of an example that are shown."""


def shown_example(
    run: SuiteRun, example: Example, evaluation: Evaluation | None, error: str = ""
) -> ShownExample:
    """Returns what is shown of an example.

    Args:
        run: Its suite.
        example: The example.
        evaluation: What the tested genome did; None if it could not be evaluated.
        error: Why it could not.
    """
    inputs = list(example.inputs.items())[:_MOST_INPUTS]
    rest = len(example.inputs) - len(inputs)
    most = 2 * LONGEST // max(len(inputs), 2)
    shown = ShownExample(
        suite=run.suite.name,
        lock=str(run.lock_path),
        example=line(example.id),
        place=example.line,
        tags=_shown_tags(example),
        inputs=(
            *((line(name, 40), value(given, most)) for name, given in inputs),
            *([("…", f"[… {rest:,} more inputs]")] if rest > 0 else ()),
        ),
        expected="" if example.expected is None else value(example.expected),
        error=block(error),
    )
    if evaluation is None:
        return shown
    first = evaluation.asked[0].recording.text if evaluation.asked else ""
    is_repaired = bool(evaluation.score.repairs) and evaluation.draws == 1 and not run.suite.target
    return replace(
        shown,
        answer=block(as_text(evaluation.feedback.output)),
        first=block(first) if is_repaired else "",
        reason=block(evaluation.feedback.reason),
        is_cut=evaluation.is_cut,
    )


def _shown_tags(example: Example) -> tuple[str, ...]:
    rest = len(example.tags) - _MOST_TAGS
    tags = (line(tag, 40) for tag in example.tags[:_MOST_TAGS])
    return (*tags, *([f"and {rest:,} more"] if rest > 0 else ()))


def judged_by_what_is_kept(
    run: SuiteRun,
) -> tuple[list[Record], list[ShownExample | ShownSuite]]:
    """Judges a suite by answers that are committed or in the local store; no model is asked.

    Returns:
        Its verdicts, and what is shown beside them.

    Raises:
        SuiteError: if its scorers cannot be trusted.
    """
    evaluator, answers = _evaluator(run), run.evaluator.answers
    evaluations: dict[str, Evaluation] = {}
    errors: dict[str, str] = {}
    run.check_scorers()
    for example in run.suite.examples:
        try:
            evaluations[example.id] = _known(evaluator, answers, run.genome, example)
        except PromptEvoError as exc:
            errors[example.id] = str(exc)
    gate = GateRecord.of(run)
    if errors:
        first = next(iter(errors))
        gate = gate.unjudged(f"cannot judge {run.suite.name}: example {first!r}: {errors[first]}")
    else:
        gate = gate.with_verdict(run.against.verdict(list(evaluations.values())))
    records: list[Record] = [gate, *(ExampleRecord.of(run, each) for each in evaluations.values())]
    shown = [
        shown_example(run, each, evaluations.get(each.id), errors.get(each.id, ""))
        for each in run.suite.examples
    ]
    return records, [shown_suite(run), *shown]


def shown_suite(run: SuiteRun) -> ShownSuite:
    """Returns what is shown of a suite: its genomes, and what those beside the tested one did."""
    suite, prompt = run.suite, run.suite.prompt
    digests = {**(run.entry.digests if run.entry else {}), **run.evaluator.answers.digests}
    limits = {
        name: {each: bound for each, bound in vars(limit).items() if bound is not None}
        for name, limit in suite.objectives.limits.items()
    }
    return ShownSuite(
        suite=suite.name,
        lock=str(run.lock_path),
        file=shown_path(suite.path),
        genome=run.genome.plain(),
        user=prompt.template.user if prompt.template else "",
        system=prompt.template.system if prompt.template else "",
        target=suite.target,
        models=tuple((role, name, digests.get(name, "")) for role, name in prompt.models.items()),
        limits=limits,
        pass_mark=suite.pass_mark,
        parts={name: suite.fingerprints[name] for name in PARTS},
        searchable=tuple(suite.space.free) if suite.space else (),
        columns=tuple(_columns(run)),
        locked=_locked(run.entry) if run.entry else None,
    )


def _locked(entry: Entry) -> Locked:
    held_out = entry.held_out
    return Locked(
        search=entry.search,
        before=held_out.before if held_out else None,
        after=held_out.after if held_out else None,
        recordings=entry.recordings,
        candidates=len(entry.candidates),
        origins={
            name: line(text.told, _ORIGIN_WIDTH)
            for name, text in list(entry.texts.items())[:_MOST_TEXTS]
        },
    )


def _columns(run: SuiteRun) -> Iterator[Column]:
    entry = run.entry
    if entry is not None and entry.replaces:
        before = Genome({**entry.genome, **entry.replaces})
        yield _column(BEFORE, run, run.evaluator.answers, before, run.suite.examples)
    for candidate in run.candidates:
        if candidate.damage is None and not candidate.is_overridden:
            answers = candidate.evaluator.answers
            name = f"candidate-{candidate.number}"
            yield _column(name, candidate, answers, candidate.genome, candidate.judged)


def _column(
    name: str, run: SuiteRun, answers: Answerer, genome: Genome, examples: Sequence[Example]
) -> Column:
    evaluator, cells = _evaluator(run), {}
    for example in examples:
        with suppress(PromptEvoError):
            found = _known(evaluator, answers, genome, example)
            score = found.score
            cells[line(example.id)] = Cell(
                quality=score.quality,
                passed=found.passed,
                latency_ms=score.latency_ms,
                tokens=score.tokens,
                answer=block(as_text(found.feedback.output)) if name == BEFORE else None,
            )
    return Column(name, genome.plain(), cells)


def _evaluator(run: SuiteRun) -> Evaluator:
    """Returns an evaluator of its own: a scorer that fails here stops no test."""
    made = Evaluator(run.suite, run.evaluator.answers, run.suite.root)
    made.speeds = run.evaluator.speeds
    return made


def _known(evaluator: Evaluator, answers: Answerer, genome: Genome, example: Example) -> Evaluation:
    suite = evaluator.suite
    draws = range(suite.draws(genome))
    made = [evaluator.evaluate_by(answers.kept, genome, example, draw) for draw in draws]
    return merged(made, suite.pass_mark)
