"""Options and ini settings: declared here, read by `settings.settings_of`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_promptevo.project.settings import Settings

_INI = (
    ("promptevo_record", "record mode: none, missing or all (default: none if CI is set)"),
    ("promptevo_strategy", "search strategy of --evolve: racing (default), classic or greedy"),
    ("promptevo_budget", "most that --evolve spends per suite: calls (900), time (2m) ..."),
    ("promptevo_seed", "seed of --evolve"),
    ("promptevo_candidates", "candidates that --evolve proposes for traffic: 0 (default) to 3"),
    ("promptevo_executor", "whose processes call the models: dask:tcp://HOST:8786, dask:local"),
    ("promptevo_ollama_hosts", "addresses of Ollama servers, separated by spaces"),
    (
        "promptevo_openai_base_url",
        "address of an OpenAI-compatible server (default: OPENAI_BASE_URL, else OpenAI's)",
    ),
    ("promptevo_ollama_keep_alive", "how long Ollama keeps a model in memory: 10m, -1 (forever)"),
    ("promptevo_concurrency", "calls in flight per model (default: what the engine serves)"),
    ("promptevo_timeout", "seconds after which a call counts as failed (default: 120)"),
    ("promptevo_patience", "seconds to wait for a server that is gone (default: 60)"),
)

_OF_EVOLVE = {
    "accept": "what --evolve locks",
    "candidates": "what --evolve proposes",
    "budget": "what --evolve may spend",
    "strategy": "how --evolve searches",
}


def add_options(parser: pytest.Parser) -> None:
    """Adds the options (in the order in which ``--help`` shows them) and ini settings."""
    group = parser.getgroup(
        "promptevo",
        "prompt regression tests and evolution (promptevo); files of golden examples: "
        ".jsonl, .json, .csv, .yaml",
    )
    group.addoption(
        "--evolve",
        nargs="?",
        const="failing",
        type=_evolve_mode,
        metavar="failing|all",
        help="before the tests, search a better genome for each suite that fails its gate "
        "(--evolve=all: for every suite) and write the winners to promptevo.lock",
    )
    group.addoption(
        "--promptevo-strategy",
        metavar="NAME",
        help="search strategy: racing (default), classic (a population), greedy (one change each)",
    )
    group.addoption(
        "--promptevo-budget",
        metavar="LIMIT",
        help="most that the search spends per suite: 900 (calls), 2m or 90s (time), 500ktok",
    )
    group.addoption("--promptevo-seed", metavar="N", help="seed of the search (default 0)")
    group.addoption(
        "--promptevo-candidates",
        metavar="N",
        help="with --evolve: put up to N (at most 3) of the next best genomes into promptevo.lock "
        "as candidates for production's traffic, if examples that the search never saw do not "
        "speak against them (default 0; suites that pass: --evolve=all)",
    )
    group.addoption(
        "--promptevo-record",
        metavar="MODE",
        help="none: replay committed recordings (default if CI is set, but for --evolve and "
        "--promptevo-update-lock); missing: ask the model for what is not recorded (default); "
        "all: ask for everything again",
    )
    group.addoption(
        "--promptevo-model",
        action="append",
        metavar="ROLE=MODEL",
        help="serve a role by another model, e.g. primary=ollama:llama3.1:8b (repeatable)",
    )
    group.addoption(
        "--promptevo-executor",
        metavar="dask:ADDRESS",
        help="call the models in the workers of a Dask cluster: dask:tcp://HOST:8786 (its "
        "scheduler), or dask:local (a worker for each core of this machine)",
    )
    group.addoption(
        "--promptevo-repeats",
        metavar="N",
        help="draw every example N times at a temperature above 0, whatever the suites say",
    )
    group.addoption(
        "--promptevo-max-examples",
        metavar="N",
        help="for a quick look: test N golden examples of each suite, the same ones each time "
        "(the gate judges all of them or none, so it is skipped)",
    )
    group.addoption(
        "--promptevo-locked",
        action="store_true",
        help="fail if promptevo.lock does not match suites, golden examples and models, or if a "
        "suite has no entry (in CI without this option: if an entry does not match)",
    )
    group.addoption(
        "--promptevo-accept",
        metavar="inconclusive",
        help="lock what --evolve found even if unseen examples do not show that it is better",
    )
    group.addoption(
        "--promptevo-update-lock",
        action="store_true",
        help="accept the present genomes and their figures, failures included, into promptevo.lock",
    )
    group.addoption(
        "--promptevo-audit",
        metavar="N|all",
        help="ask the model again for N committed answers of each suite, drawn by the commit, and "
        "fail if they are not what it answers now (nothing is recorded)",
    )
    group.addoption(
        "--promptevo-report",
        metavar="FILE.html",
        help="write a page with verdicts, answers, and how the latest search went (one file that "
        "asks for nothing; needs the extra 'report')",
    )
    for name, text in _INI:
        parser.addini(name, text, default="")
    parser.addini(
        "promptevo_locked",
        "true: always check the lock, as --promptevo-locked does; false: not even in CI",
        "bool",
        None,
    )


def _evolve_mode(given: str) -> str:
    if given in ("failing", "all"):
        return given
    raise argparse.ArgumentTypeError(
        f"{given!r} is neither 'failing' nor 'all' "
        "(to evolve and name a path, write the path first: pytest PATH --evolve)"
    )


def check_options(config: pytest.Config) -> None:
    """Rejects options that do not go together.

    Raises:
        pytest.UsageError: with what to do instead.
    """
    if not _is_anything_asked(config):
        return
    from pytest_promptevo.plugin.settings import settings_of

    option = config.option
    settings = settings_of(config)
    for name, says in _OF_EVOLVE.items():
        if getattr(option, f"promptevo_{name}") and not option.evolve:
            raise pytest.UsageError(f"--promptevo-{name} says {says}: add --evolve")
    if not (option.evolve or option.promptevo_update_lock):
        return
    asked = "--evolve" if option.evolve else "--promptevo-update-lock"
    if why := _hindered(config, asked, settings):
        raise pytest.UsageError(why)


def _hindered(config: pytest.Config, asked: str, settings: Settings) -> str:
    """Returns what an option that writes the lock does not go together with, and what to do."""
    option = config.option
    hindrances = {
        f"{asked} cannot run under pytest-xdist: it has its own concurrency; leave -n out": (
            getattr(option, "numprocesses", None) or getattr(option, "tx", None)
        ),
        "--evolve writes the lock itself: leave --promptevo-update-lock out": (
            option.evolve and option.promptevo_update_lock
        ),
        f"--promptevo-audit checks what is committed, {asked} rewrites it: run one, then the "
        "other": settings.audit,
        f"{asked} needs all examples: leave --promptevo-max-examples out": settings.max_examples,
        f"{asked} rewrites the lock: leave --promptevo-locked out": option.promptevo_locked,
        "--evolve asks models, record mode none forbids it: add --promptevo-record=missing": (
            option.evolve and settings.record == "none"
        ),
    }
    return next((why for why, is_so in hindrances.items() if is_so), "")


def _is_anything_asked(config: pytest.Config) -> bool:
    """Whether any option or setting of ours is given: without one nothing can be wrong."""
    options = [name for name in vars(config.option) if name.startswith("promptevo_")]
    given = [getattr(config.option, name) for name in ("evolve", *options)]
    if any(given) or any(config.getini(name) for name, _ in _INI):
        return True
    try:
        return config.getini("promptevo_locked") is not None
    except (ValueError, pytest.UsageError):  # whoever reads it tells what is wrong
        return True
