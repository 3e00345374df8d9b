"""`evolve`: arguments are checked, books are opened, a strategy is driven to its end."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evolve.arguments import (
    check_executor,
    check_functions,
    check_known,
    check_search,
    check_strategy,
    checked_cost,
    checked_examples,
    checked_proposal,
    checked_rng,
    checked_scored,
)
from pytest_promptevo.evolve.budget import Budget, Meter
from pytest_promptevo.evolve.driver import Driver
from pytest_promptevo.evolve.executor_runner import ExecutorRunner
from pytest_promptevo.evolve.ledger import Ledger
from pytest_promptevo.evolve.names import DEFAULT_STRATEGY
from pytest_promptevo.evolve.pareto import pareto_front
from pytest_promptevo.evolve.protocol import Job, Proposal, Propose, Screen, Search, Strategy
from pytest_promptevo.evolve.racing.strategy import racing
from pytest_promptevo.evolve.result import INTERRUPTED, Progress, Result
from pytest_promptevo.evolve.runner import Runner
from pytest_promptevo.evolve.splitting import affordable_examples
from pytest_promptevo.evolve.strategies.classic import classic
from pytest_promptevo.evolve.strategies.greedy import greedy
from pytest_promptevo.fitness import Objectives, Score, Scored, figures
from pytest_promptevo.genome import Birth, Genome, SearchSpace, Text

if TYPE_CHECKING:
    from concurrent.futures import Executor

    import numpy as np

STRATEGIES: dict[str, Strategy] = {"classic": classic, "greedy": greedy, "racing": racing}
"""The strategies by name."""

CALLS_PER_EXAMPLE = 40
"""The default budget in calls, per example."""

Returned = Score | Scored
EvaluateFunction = Callable[[Genome, Any], Returned | Awaitable[Returned]]
CostFunction = Callable[[Genome, Any, Any], int]
ProposeFunction = Callable[[Propose], Proposal]


def evolve(
    space: SearchSpace,
    examples: Iterable[Any],
    evaluate: EvaluateFunction,
    *,
    initial: Genome | None = None,
    strategy: str = DEFAULT_STRATEGY,
    budget: Budget | None = None,
    rng: np.random.Generator | int | None = None,
    objectives: Objectives | None = None,
    workers: int | None = None,
    in_rows: bool = True,
    cost: CostFunction | None = None,
    propose: ProposeFunction | None = None,
    screen: Screen | None = None,
    known: Mapping[Genome, Mapping[int, Returned]] | None = None,
    subsample: bool = True,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
    executor: Executor | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Result:
    """Searches a space for the genome with the highest mean fitness over examples.

    Args:
        space: The genes that may vary.
        examples: What to evaluate on; anything that `evaluate` understands.
        evaluate: Scores one genome on one example; sync or async. It returns a `Score`, or
            a `Scored` with what there is to learn from it. It is never asked twice for the
            same pair. With several workers it runs in several threads.
        initial: The genome in use today. Values outside the space go into every child.
            Drawn at random if not given.
        strategy: One of `STRATEGIES`.
        budget: When to stop at the latest; 40 calls per example if not given.
        rng: Seed or generator; the same seed and scores give the same result, whatever
            the timing and the number of workers.
        objectives: What makes fitness, and the hard limits.
        workers: Evaluations in flight; 1 if not given, with an executor as many as it runs.
        in_rows: Whether a worker evaluates one genome on five examples at least in a row, which
            is quick where one engine caches what prompts begin with; where several answer, all
            of them are better kept busy.
        cost: Model calls that an evaluation took (0 if it was free, more than 1 with
            repairs); 1 if not given. Called with genome, example and what `evaluate`
            returned, once for each new score, in the order of jobs.
        propose: Finds new values of a gene: `racing` and `classic` ask for texts where a
            `Text` gene says by whom. Not given, texts are edited alone.
        screen: Takes children and returns those worth an evaluation, for strategies that
            breed more than they evaluate (``racing``); such as the `screen` of a model that
            earlier searches have taught.
        known: Scores that are there already, of earlier searches say, by genome and by place
            among the examples. They cost nothing and are not asked for again; `racing` goes on
            from what they tell.
        subsample: Whether to search on a random part of the examples where the budget in calls
            cannot evaluate 20 genomes on all of them (on 30 examples at least).
        progress: Called after every batch, and within a large one after 10 evaluations at
            the start of a search and after every 60 later.
        stop: Asked before every evaluation: once it is true no other starts, and the search
            ends with what there is (``interrupted``).
        executor: Where `evaluate` runs in place of threads of this process: any executor of
            the interface of `concurrent.futures` (a process pool, a cluster's), to which
            function, genomes, examples and scores must be able to go. It is not closed. An
            async `evaluate` cannot go there.
        clock: Seconds, for the budget and for progress.

    Returns:
        The recommended genome, the Pareto front, and how the search went.

    Raises:
        SettingsError: for arguments that make no search, and for scores that are none.
        BaseException: whatever `evaluate` raises, after the evaluations in flight ended.

    Example:
        ``table``, of your own, holds ``(tone, shots, example) -> quality`` for all ``examples``.
        Raced against Optuna::

            from statistics import fmean

            import optuna
            from pytest_promptevo.evolve import Choice, Genome, Int, Score, SearchSpace, evolve

            def evaluate(genome, example):
                return Score(table[genome["tone"], genome["shots"], example])

            def objective(trial):
                tone = trial.suggest_categorical("tone", ["plain", "polite"])
                genome = Genome({"tone": tone, "shots": trial.suggest_int("shots", 0, 4)})
                return fmean(evaluate(genome, example).quality for example in examples)

            space = SearchSpace({"tone": Choice(["plain", "polite"]), "shots": Int(0, 4)})
            ours = evolve(space, examples, evaluate, rng=1)
            study = optuna.create_study(direction="maximize")
            study.optimize(objective, n_trials=ours.calls // len(examples))
            print(ours.calls, ours.fitness.fitness.mean, study.best_value)
    """
    check_strategy(strategy, STRATEGIES)
    functions = {"evaluate": evaluate, "cost": cost, "propose": propose, "screen": screen}
    check_functions({**functions, "progress": progress, "stop": stop, "clock": clock})
    check_search(space, initial, budget, objectives, workers)
    check_executor(executor, evaluate)
    given, rng = checked_examples(examples), checked_rng(rng)
    space = space.fresh()
    objectives = objectives or Objectives()
    initial = space.sample(rng) if initial is None else initial
    budget = budget or Budget(calls=CALLS_PER_EXAMPLE * len(given))
    known = {} if known is None else known
    check_known(known, space, initial, len(given))
    places = affordable_examples(len(given), budget if subsample else Budget(), rng)
    examples = [given[place] for place in places]
    ledger = Ledger(initial, len(examples), objectives)
    _take_known(ledger, known, places)
    asked = _lasting(stop)
    meter = Meter(ledger, budget, clock, even=cost is None, stop=asked)
    search = Search(space, initial, len(examples), rng, ledger, meter.affordable)
    search.proposes = propose is not None
    if screen is not None:
        search.screen = screen

    def scored(job: Job) -> Returned | Awaitable[Returned]:
        return evaluate(job.genome, examples[job.example])

    def charged(job: Job, returned: Any) -> tuple[Scored, int]:
        checked = checked_scored(returned)
        if cost is None:
            return checked, 1
        return checked, checked_cost(cost(job.genome, examples[job.example], returned))

    def proposed(step: Propose) -> Proposal:
        if propose is None:
            raise SettingsError(
                f"the strategy {strategy!r} proposes values of {step.gene!r}: "
                "give evolve a function that finds them: propose=..."
            )
        return checked_proposal(propose(_at_places(step, places)))

    def told() -> None:
        if progress is not None:
            progress(_progress(strategy, search, meter))

    runs: Runner[Job, Any] | ExecutorRunner[Job] = (
        Runner(scored, workers or 1, attrgetter("genome") if in_rows else None)
        if executor is None
        else ExecutorRunner(
            executor, evaluate, lambda job: (job.genome, examples[job.example]), workers
        )
    )
    with runs as runner:
        driver = Driver(ledger, meter, runner, charged=charged, propose=proposed, told=told)
        stopped = driver.drive(STRATEGIES[strategy](search))
    if asked():
        stopped = INTERRUPTED
    return _result(search, stopped, places)


def _lasting(stop: Callable[[], bool]) -> Callable[[], bool]:
    """Returns what stays true once `stop` was: the search has ended by then."""
    is_asked = False

    def asked() -> bool:
        nonlocal is_asked
        is_asked = is_asked or bool(stop())
        return is_asked

    return asked


def _take_known(
    ledger: Ledger, known: Mapping[Genome, Mapping[int, Returned]], places: Sequence[int]
) -> None:
    """Writes down what is known of the examples that are searched on."""
    for genome, scores in known.items():
        for index, place in enumerate(places):
            if place in scores:
                ledger.know(genome, index, checked_scored(scores[place]))
    ledger.settle()


def _progress(strategy: str, search: Search, meter: Meter) -> Progress:
    ledger = search.ledger
    return Progress(
        strategy=strategy,
        phase=search.phase,
        generation=search.generation,
        calls=ledger.calls,
        budget_calls=meter.budget.calls,
        evaluations=ledger.evaluations,
        best_fitness=ledger.mean(ledger.recommended),
        elapsed_s=meter.elapsed(),
        proposals=ledger.proposals,
        tokens=ledger.tokens,
    )


def _result(search: Search, stopped: str, places: Sequence[int]) -> Result:
    """Returns what came out; examples are told by their places among those given."""
    ledger = search.ledger
    if not ledger.genomes():
        if stopped == INTERRUPTED:
            raise SettingsError("the search was stopped before anything was evaluated")
        raise SettingsError(
            "the search ended before anything was evaluated: allow it more time, or more than "
            "its proposals cost"
        )
    best = ledger.simplest()
    if best != ledger.recommended:
        ledger.recommend(best)
    front = pareto_front(ledger) or [best]
    return Result(
        recommended=best,
        fitness=figures(ledger.scores(best), ledger.objectives),
        keeps_limits=ledger.rank(best)[0],
        front=tuple((one, figures(ledger.scores(one), ledger.objectives)) for one in front),
        calls=ledger.calls,
        evaluations=ledger.evaluations,
        generations=len(search.history),
        stopped=stopped,
        trace=tuple(ledger.trace),
        history=tuple(search.history),
        scored={
            genome: {places[index]: scored for index, scored in seen.items()}
            for genome, seen in ledger.everything().items()
        },
        proposals=ledger.proposals,
        births={
            name: {text: _placed(birth, places) for text, birth in gene.family.births.items()}
            for name, gene in search.space.items()
            if isinstance(gene, Text)
        },
        refused=tuple(search.refused),
        proposal_tokens=ledger.proposal_tokens,
        tokens=ledger.tokens,
    )


def _at_places(step: Propose, places: Sequence[int]) -> Propose:
    """Returns a step whose lessons name examples by their places among those given."""
    lessons, kept = (
        tuple(lesson._replace(example=places[lesson.example]) for lesson in each)
        for each in (step.lessons, step.kept)
    )
    return replace(step, lessons=lessons, kept=kept)


def _placed(birth: Birth, places: Sequence[int]) -> Birth:
    return replace(birth, examples=tuple(places[index] for index in birth.examples))
