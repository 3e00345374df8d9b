"""Evaluations on executors of the caller's, and searches that somebody stops."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context

import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evolve import STRATEGIES, Budget, evolve

from .landscape import INITIAL, SPACE, score

EXAMPLES = [f"example {index}" for index in range(24)]


def searched(evaluate=score, *, strategy="racing", **kwargs):
    return evolve(SPACE, EXAMPLES, evaluate, initial=INITIAL, strategy=strategy, rng=1, **kwargs)


def here(genome, example):
    return replace(score(genome, example), tokens=float(os.getpid()))


def broken(genome, example):
    raise ValueError(f"no {example}")


@pytest.fixture(scope="module")
def processes():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_an_executor_changes_nothing_of_what_is_found(strategy):
    alone = searched(strategy=strategy)
    with ThreadPoolExecutor(4) as pool:
        assert searched(strategy=strategy, executor=pool) == alone
        assert searched(strategy=strategy, executor=pool, workers=3) == alone


def test_other_processes_evaluate(processes):
    result = searched(here, executor=processes, budget=Budget(calls=240))
    at = {int(each.score.tokens) for seen in result.scored.values() for each in seen.values()}
    assert os.getpid() not in at
    assert 1 <= len(at) <= 2


def test_what_is_raised_there_is_raised_here_and_the_executor_stays(processes):
    with pytest.raises(ValueError, match="no example"):
        searched(broken, executor=processes)
    assert processes.submit(len, "abc").result() == 3


@pytest.mark.parametrize("workers", [1, 3])
def test_no_more_calls_are_handed_over_than_there_are_workers(workers):
    flying, most, guard = 0, 0, threading.Lock()

    def evaluate(genome, example):
        nonlocal flying, most
        with guard:
            flying += 1
            most = max(most, flying)
        try:
            return score(genome, example)
        finally:
            with guard:
                flying -= 1

    with ThreadPoolExecutor(8) as pool:
        searched(evaluate, executor=pool, workers=workers)
    assert most <= workers


class Idle:
    """An executor whose calls never start."""

    def __init__(self):
        self.futures = []

    def submit(self, function, *arguments):
        self.futures.append(Future())
        if len(self.futures) == 1:
            self.futures[0].set_result(function(*arguments))
        return self.futures[-1]


def test_what_has_not_started_is_taken_back():
    idle = Idle()
    result = searched(executor=idle, stop=lambda: len(idle.futures) > 3)
    assert result.stopped == "interrupted"
    assert result.evaluations == 1
    assert all(future.cancelled() for future in idle.futures[1:])


async def awaited(genome, example):
    return score(genome, example)


class Awaited:
    """A callable that is async."""

    async def __call__(self, genome, example):
        return score(genome, example)


@pytest.mark.parametrize("evaluate", [awaited, Awaited(), partial(awaited)])
def test_an_executor_runs_nothing_async(evaluate):
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(SettingsError, match="evaluate is async: leave executor out"):
            searched(evaluate, executor=pool)


def test_a_search_that_is_stopped_before_its_first_call_says_so():
    class Full(Idle):
        def submit(self, function, *arguments):
            self.futures.append(Future())
            return self.futures[-1]

    with pytest.raises(SettingsError, match="was stopped before anything was evaluated"):
        searched(executor=Full(), stop=lambda: True)
    with pytest.raises(SettingsError, match="allow it more time"):
        searched(executor=Full(), budget=Budget(seconds=1e-9))


def test_who_asks_to_stop_once_has_stopped_the_search():
    asked = iter([False] * 20 + [True])
    result = searched(stop=lambda: next(asked, False))
    assert result.stopped == "interrupted"
    assert result.evaluations < 25


@pytest.mark.parametrize("executor", [4, "processes", ProcessPoolExecutor])
def test_what_is_no_executor_is_told(executor):
    with pytest.raises(SettingsError, match="the executor must be one of"):
        searched(executor=executor)


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
@pytest.mark.parametrize("workers", [1, 4])
def test_a_search_that_is_stopped_starts_no_other_call(strategy, workers):
    calls, guard, ended = 0, threading.Lock(), threading.Event()

    def evaluate(genome, example):
        nonlocal calls
        with guard:
            calls += 1
            if calls == 100:
                ended.set()
        return score(genome, example)

    result = searched(evaluate, strategy=strategy, workers=workers, stop=ended.is_set)
    assert result.stopped == "interrupted"
    assert 100 <= calls == result.calls < 100 + workers
    assert result.recommended in result.scored


def test_one_that_is_stopped_at_once_knows_the_shipped_genome():
    result = searched(stop=lambda: True)
    assert (result.stopped, result.calls, result.recommended) == ("interrupted", 1, INITIAL)


class Client(Executor):
    """What is no executor, though it has the name of its method."""

    def submit(self, function, /, *arguments, **named):
        return "a future of its own"


def test_an_executor_without_futures_of_the_standard_library_is_told():
    with pytest.raises(SettingsError, match=r"submit\(\) returns str, and no future of concurrent"):
        searched(executor=Client())
