"""Tags of golden examples as markers of pytest: ``-m refund``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.base import yaml_reader
from pytest_promptevo.base.text_files import read_text
from pytest_promptevo.errors import InputError, printable
from pytest_promptevo.project.suite_files import suite_files
from pytest_promptevo.suite.golden import inline_examples, load_examples
from pytest_promptevo.suite.naming import ENDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pytest_promptevo.prompt import Example

_MOST = 200
"""Tags of a run that become markers: pytest looks through all of them for each new one."""

_NAME = re.compile(r"(?!_)[\w.+/-]{1,80}")
"""What can be written after ``-m`` and registered.

Pytest keeps names that start with ``_`` for itself, and ends a registered one at a colon.
"""

_WORDS = frozenset(("and", "or", "not", "True", "False", "None"))

_MARKERS = pytest.StashKey["TagMarkers"]()


class TagMarkers:
    """The markers that tags have become in a run.

    A tag is no marker where that could not be written, or where pytest or a plugin has one of the
    same name that takes arguments: ``skip`` and ``flaky`` say what happens to a test.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        heads = [line.partition(":")[0] for line in config.getini("markers")]
        self._taken = {head.partition("(")[0].strip() for head in heads if "(" in head}
        self._known = {head.strip() for head in heads}
        self._own: set[str] = set()

    @classmethod
    def of(cls, config: pytest.Config) -> TagMarkers:
        """Returns those of a run."""
        if _MARKERS not in config.stash:
            config.stash[_MARKERS] = cls(config)
        return config.stash[_MARKERS]

    def registered(self, tags: Iterable[str]) -> list[str]:
        """Registers tags, for ``--strict-markers``, and returns those that are markers."""
        made = []
        for tag in dict.fromkeys(tags):
            if not _NAME.fullmatch(tag) or tag in _WORDS or tag in self._taken:
                continue
            if tag not in self._own:
                if len(self._own) >= _MOST or printable(tag) != tag:
                    continue
                self._own.add(tag)
                if tag not in self._known:
                    self._config.addinivalue_line("markers", f"{tag}: golden examples tagged so")
            made.append(tag)
        return made

    def mark(self, item: pytest.Item, tags: Iterable[str]) -> None:
        """Marks the test of a golden example by its tags."""
        for tag in self.registered(tags):
            item.add_marker(tag)


def register_all(config: pytest.Config) -> None:
    """Registers the tags of all suites that a run would collect, for ``pytest --markers``.

    No function of the user's is imported. What cannot be read a run tells.
    """
    examples = (example for path in _suites(config) for example in _golden(path, config.rootpath))
    TagMarkers.of(config).registered(sorted({tag for each in examples for tag in each.tags}))


def _suites(config: pytest.Config) -> Iterator[Path]:
    for argument in config.args:
        path = config.invocation_params.dir / argument.partition("::")[0]
        if path.is_dir():
            yield from suite_files(path, config.getini("norecursedirs"))
        elif path.name.endswith(ENDINGS):
            yield path


def _golden(path: Path, root: Path) -> Iterable[Example]:
    try:
        data = yaml_reader.load(read_text(path, InputError), path).data
        golden = data.get("golden") if isinstance(data, dict) else None
        if isinstance(golden, list):
            return inline_examples(golden, [1] * len(golden), path, InputError)
        if isinstance(golden, str):
            file = (path.parent / golden).resolve()
            return load_examples(file) if file.is_relative_to(root.resolve()) else ()
    except (InputError, OSError, ValueError, RuntimeError):
        return ()
    return ()
