"""Searches a better genome for a suite and tests it on held-out examples."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from pytest_promptevo.evaluation.call_counter import CallCounter
from pytest_promptevo.evaluation.copies import copies, observations, scores_of
from pytest_promptevo.evaluation.measure import attempted
from pytest_promptevo.evaluation.repeats import SEARCH_DRAW
from pytest_promptevo.evolve import (
    Confirmation,
    Progress,
    Result,
    Split,
    confirm,
    evolve,
)
from pytest_promptevo.evolve.splitting import FEWEST
from pytest_promptevo.improve.calibration import calibrate, roles_of
from pytest_promptevo.improve.candidates import try_candidates
from pytest_promptevo.improve.contenders import contenders, told_of
from pytest_promptevo.improve.decision import Decision, decide
from pytest_promptevo.improve.finals import Finals
from pytest_promptevo.improve.interleave import like_with_like, reserve
from pytest_promptevo.improve.plan import Outcome, Plan, split_of
from pytest_promptevo.improve.proposing.proposer import Proposer
from pytest_promptevo.improve.searched import known_before, told_known
from pytest_promptevo.improve.simplify import simplified
from pytest_promptevo.improve.spending import (
    calls_of_test,
    calls_per_draw,
    check_budget,
    search_budget,
)
from pytest_promptevo.improve.winner import drawn_for_test, on, seen_by_search

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.improve.interleave import Compared
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite

_TESTED = "then the best so far is tested on the held-out examples"
_JUDGED = "then the best so far is judged"


def search(
    evaluator: Evaluator,
    before: Genome,
    plan: Plan,
    progress: Callable[[Progress], None] = lambda _progress: None,
    baseline: Sequence[Evaluation] = (),
) -> Outcome:
    """Searches a better genome for a suite and tests it on held-out examples.

    Args:
        evaluator: The suite's evaluator.
        before: The genome that it starts from.
        plan: How to search.
        progress: Takes where the search stands.
        baseline: Evaluations of `before` that were made already.

    Raises:
        PromptEvoError: if an evaluation is impossible.
    """
    suite = evaluator.suite
    if suite.space is None or not suite.space.free:
        raise ValueError("nothing may vary")
    parts, rng = split_of(suite, plan)
    check_budget(plan.budget, suite, before, parts, plan.candidates)
    counter = CallCounter()
    roles = roles_of(suite, before)
    calibrated = sum(map(counter.count, calibrate(evaluator, before, parts.search, roles)))
    known = {each.example: evaluator.with_latency(before, each) for each in baseline}
    spent = calibrated + sum(map(counter.count, known.values()))

    earlier = known_before(evaluator, before, plan, parts.search, known)
    for evaluation in chain.from_iterable(each.values() for each in earlier.values()):
        counter.count(evaluation)  # no search pays for it again

    def evaluate(genome: Genome, example: Example) -> Evaluation:
        if genome == before and example.id in known:
            return known[example.id]
        draw = SEARCH_DRAW if suite.is_noisy(genome) else 0
        return attempted(evaluator, genome, example, draw)

    proposer = Proposer(evaluator, parts.search, counter) if suite.proposers else None
    bounds = search_budget(
        plan.budget,
        suite,
        before,
        parts,
        calibrated=calibrated,
        reserve=reserve(evaluator, before, baseline, parts.confirm),
        per_draw=calls_per_draw(baseline),
        candidates=plan.candidates,
    )
    search_on = partial(
        evolve,
        suite.space,
        parts.search,
        evaluate,
        initial=before,
        strategy=plan.strategy,
        budget=bounds,
        rng=rng,
        objectives=suite.objectives,
        workers=evaluator.workers(),
        in_rows=not evaluator.is_spread,
        cost=lambda _genome, _example, evaluation: counter.count(evaluation),
        progress=progress,
        propose=proposer,
        screen=plan.screen,
        known=earlier,
        subsample=False,  # the split has done that
    )
    if plan.interruption is None:
        result = search_on()
    else:
        with plan.interruption.heard(_TESTED if parts.confirm else _JUDGED):
            result = search_on(stop=plan.interruption.is_asked)
    left = math.inf if bounds is None or bounds.calls is None else bounds.calls - result.calls
    finals = Finals(evaluator, evaluate, counter, before, left)
    result, searched = finals.held(result, parts.search, parts.spare)
    narrow, parts = parts, Split(searched, parts.confirm)
    result = simplified(evaluator, result, before, parts.search)
    known = {**seen_by_search(evaluator, result, before, parts.search), **known}
    outcome = _tested(evaluator, before, plan, result, parts, known, counter, spent, rng)
    if plan.candidates:
        outcome = _with_trial(evaluator, plan, outcome, narrow, counter)
    notes = [told_known(earlier)] if earlier else []
    return replace(outcome, calls=outcome.calls + spent, notes=(*notes, *outcome.notes))


def _with_trial(
    evaluator: Evaluator, plan: Plan, outcome: Outcome, parts: Split, counter: CallCounter
) -> Outcome:
    """Tests the search's best genomes beside the one that is locked now."""
    locked, before = outcome.after, outcome.before
    if not parts.confirm:
        few = f"{len(parts.search)} examples are too few to hold some out ({FEWEST} are needed)"
        return replace(outcome, notes=(*outcome.notes, f"no candidates: {few}"))
    genomes, left_out = contenders(
        evaluator, outcome.result, before, locked, parts.search, plan.candidates, plan.barred
    )
    if not genomes:
        none = f"no candidates: {told_of(left_out)}"
        return replace(outcome, notes=(*outcome.notes, none))
    known = outcome.evaluations[locked]
    trial = try_candidates(
        evaluator, locked, known, genomes, parts.confirm, plan.seed, draw=plan.draw
    )
    by_id = {each.example: each for each in known}
    made = [
        *(each for tested in trial.tested for each in (*tested.drawn, *tested.evaluations)),
        *drawn_for_test(evaluator, locked, parts.confirm, by_id, plan.draw),
    ]
    return replace(outcome, calls=outcome.calls + sum(map(counter.count, made)), trial=trial)


def _confirmation(suite: Suite, compared: Compared, rng: np.random.Generator) -> Confirmation:
    """Tests one genome against another; near-duplicates are one observation, like copies."""
    places = observations(suite, compared.old, compared.new)
    old, new = (scores_of(side, places) for side in (compared.old, compared.new))
    return confirm(old, new, suite.objectives, rng)


def _tested(
    evaluator: Evaluator,
    before: Genome,
    plan: Plan,
    result: Result,
    parts: Split,
    known: Mapping[str, Evaluation],
    counter: CallCounter,
    spent: int,
    rng: np.random.Generator,
) -> Outcome:
    """Tests what was found on unseen examples and decides on it."""
    suite, found = evaluator.suite, result.recommended
    unseen_examples = parts.confirm or suite.examples
    seen = known if found == before else seen_by_search(evaluator, result, found, parts.search)
    old = drawn_for_test(evaluator, before, unseen_examples, known, plan.draw)
    new = (
        old
        if found == before
        else drawn_for_test(evaluator, found, unseen_examples, seen, plan.draw)
    )
    bound = plan.budget.calls if plan.budget else None
    spent = spent + result.calls
    spent += calls_of_test(suite, before, parts, candidates=plan.candidates)
    compared = like_with_like(
        evaluator,
        (before, found),
        (old, new),
        is_test=bool(parts.confirm),
        left=math.inf if bound is None else bound - spent,
    )
    confirmation = _confirmation(suite, compared, rng) if parts.confirm else None
    places = copies(compared.old, compared.new)
    unseen = (
        suite.judge(scores_of(compared.old, places)),
        suite.judge(scores_of(compared.new, places)),
    )
    decision = (
        Decision(False, "the old genome stays: what was found can become a candidate")
        if plan.keeps
        else decide(
            result,
            before,
            confirmation,
            unseen[1],
            accepts_inconclusive=plan.accepts_inconclusive,
        )
    )
    evaluations = {before: on(evaluator, before, suite.examples, known)}
    after = found if decision.accepted else before
    if after not in evaluations:
        if not suite.is_noisy(after):
            seen = {**seen, **{evaluation.example: evaluation for evaluation in new}}
        evaluations[after] = on(evaluator, after, suite.examples, seen)
    evaluations = {
        genome: [evaluator.with_latency(genome, each) for each in side]
        for genome, side in evaluations.items()
    }
    made = [*old, *new, *compared.asked, *chain.from_iterable(evaluations.values())]
    tested = sum(map(counter.count, made))
    return Outcome(
        before=before,
        after=after,
        result=result,
        calls=result.calls + tested,
        confirmation=confirmation,
        searched_ids=tuple(example.id for example in parts.search),
        unseen_ids=tuple(example.id for example in parts.confirm),
        unseen=unseen,
        gate=suite.judge([evaluation.score for evaluation in evaluations[after]]),
        accepted=decision.accepted,
        reason=decision.reason,
        evaluations=evaluations,
        measured=compared.measured,
        notes=compared.notes,
    )
