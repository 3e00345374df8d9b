from __future__ import annotations

import pytest

from pytest_promptevo.evolve import STRATEGIES
from pytest_promptevo.evolve.names import STRATEGY_NAMES

from .project import ENOUGH, VERBOSE


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--evolve", "-n", "2"), "*--evolve cannot run under pytest-xdist*leave -n out*"),
        (("--evolve", "-n", "auto"), "*--evolve cannot run under pytest-xdist*"),
        (("--promptevo-update-lock", "-n", "2"), "*--promptevo-update-lock cannot run under*"),
        (("--evolve", "--promptevo-update-lock"), "*leave --promptevo-update-lock out*"),
        (("--evolve", "--promptevo-locked"), "*leave --promptevo-locked out*"),
        (("--evolve", "order.promptevo.yaml"), "*write the path first: pytest PATH --evolve*"),
        (("--evolve", "--promptevo-record=none"), "*mode none*add --promptevo-record=missing*"),
        (
            ("--promptevo-update-lock", "--promptevo-record=none"),
            "*no recording: missing: add --promptevo-record=missing*",
        ),
        (("--evolve=most",), "*'most' is neither 'failing' nor 'all'*"),
        (("--evolve", "-k", "o-1"), "*--evolve needs all examples of order, 1 of 6 are selected*"),
        (("--evolve", "-k", "fitness"), "*needs all examples of order, 0 of 6 are selected*"),
        (
            ("--promptevo-update-lock", "-k", "o-1"),
            "*order: 1 of 6 examples are selected, but all must be accepted first*",
        ),
        (
            ("--promptevo-accept=inconclusive",),
            "*-accept says what --evolve locks: add*",
        ),
        (("--evolve", "--promptevo-accept=all"), "*accept: 'all': the only choice is inconcl*"),
        (
            ("--evolve", "--promptevo-strategy=best"),
            "*unknown strategy 'best'*classic, greedy, racing*",
        ),
        (("--promptevo-strategy=best",), "*unknown strategy 'best'*"),
        (("-o", "promptevo_strategy=tpe"), "*unknown strategy 'tpe'*classic, greedy, racing*"),
        (("--promptevo-budget=50",), "*-budget says what --evolve may spend: add --evolve"),
        (("--promptevo-strategy=classic",), "*-strategy says how --evolve searches: add*"),
        (("-o", "promptevo_locked=maybe"), "*promptevo_locked: invalid truth value*: write*"),
        (("--promptevo-executor=ray",), "*executor: 'ray': write dask:tcp://HOST:8786*"),
        (
            ("--promptevo-executor=dask:tcp://me:pw@127.0.0.1:9",),
            "*executor: the scheduler's address must hold no password*write dask:tcp://HOST:8786",
        ),
        (("-o", "promptevo_executor=dask"), "*executor: 'dask': write dask:tcp*"),
        (("--promptevo-budget=lots",), "*budget 'lots': write calls (900), time*"),
        (("--promptevo-budget=0",), "*budget '0'*"),
        (("--promptevo-budget=-5",), "*budget '-5'*"),
        (("--promptevo-seed=x",), "*seed: 'x' is not a whole number*"),
        (("--promptevo-seed=1.5",), "*seed: '1.5' is not a whole number*"),
        (("--promptevo-seed=-1",), "*seed: '-1' is not a whole number*"),
        (("--promptevo-record=new",), "*record mode 'new': use none, missing or all*"),
        (("--promptevo-model=primary",), "*--promptevo-model primary: write ROLE=KIND:NAME*"),
        (("--promptevo-model=primary=llama",), "*'llama' must look like kind:name*"),
        (("--promptevo-model=primary=oolama:x",), "*oolama*"),
        (("-o", "promptevo_seed=nan"), "*seed: 'nan'*"),
        (("-o", "promptevo_timeout=nan"), "*promptevo_timeout: 'nan'*"),
        (("-o", "promptevo_concurrency=0"), "*promptevo_concurrency: '0'*"),
        (("-o", "promptevo_patience=-1"), "*promptevo_patience: '-1' is not a number from 0 to*"),
        (("-o", "promptevo_ollama_keep_alive=long"), "*keep_alive: 'long' is no duration*"),
        (("-o", "promptevo_record=new"), "*record mode 'new'*"),
    ],
)
def test_a_mistake_on_the_command_line_is_a_usage_error(project, options, told):
    project.suite(genome={"instruction": VERBOSE})
    result = project.run(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([told])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert project.calls == 0
    assert not project.lock.exists()


def test_no_processes_of_xdist_are_no_hindrance(project):
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE})
    project.run("--evolve", "-n", "0").assert_outcomes(passed=ENOUGH + 1)


def test_collect_only_neither_searches_nor_asks(project):
    project.suite(genome={"instruction": VERBOSE})
    project.run("--collect-only", "--evolve=all")
    assert project.calls == 0


def test_a_broken_suite_stops_the_search_of_the_others(project):
    project.suite(genome={"instruction": VERBOSE})
    project.write("bad.promptevo.yaml", "suite: bad\n")
    result = project.run("--evolve")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert not project.lock.exists()


def test_the_options_name_every_strategy_of_the_search():
    assert set(STRATEGY_NAMES) == set(STRATEGIES)
