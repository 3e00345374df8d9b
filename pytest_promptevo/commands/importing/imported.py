"""What is read of another tool's file, and what cannot be taken over."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_promptevo.base.text import shown
from pytest_promptevo.prompt.template import PLACEHOLDER

if TYPE_CHECKING:
    from pytest_promptevo.base.yaml_reader import Path_

Row = tuple[int, dict[str, Any]]
"""Line and content of a golden example."""

Told = tuple[int, str]
"""Line and reason."""

_LONGEST_TAG = 60
_MADE_ELSEWHERE = re.compile(r"\s*(file|package|huggingface)://|.*(\{\{|\{%|\{#)", re.DOTALL)
"""What a value starts with, or holds, that another file or a template makes."""


class Prompt(NamedTuple):
    """A prompt that a file names.

    Attributes:
        line: Its line.
        user: The user turn.
        system: The system turn; empty if there is none.
    """

    line: int
    user: str
    system: str = ""

    @property
    def inputs(self) -> set[str]:
        """The names of its placeholders."""
        return {*PLACEHOLDER.findall(self.user), *PLACEHOLDER.findall(self.system)}


@dataclass
class Imported:
    """What was read of a file.

    Attributes:
        rows: Golden examples with their lines.
        kind: What the file is, in words.
        scorer: The scorer that fits, or empty where that is not known.
        prompts: The prompts that the file names.
        refused: The examples that cannot be taken over.
        cut: What is left out of examples that are taken over.
        count_cut: How many examples these are.
        beside: What stands beside examples, and no suite takes over.
    """

    rows: list[Row] = field(default_factory=list)
    kind: str = ""
    scorer: str = ""
    prompts: list[Prompt] = field(default_factory=list)
    refused: list[Told] = field(default_factory=list)
    cut: list[Told] = field(default_factory=list)
    count_cut: int = 0
    beside: list[Told] = field(default_factory=list)

    @property
    def lost(self) -> list[Told]:
        """What of examples cannot be taken over, in the order of the file, each once."""
        return sorted({*self.refused, *self.cut})


class NotTaken(Exception):
    """What cannot be taken over, and why.

    Args:
        why: Why.
        where: Its path of keys in the file, where that is not the test as a whole.
    """

    def __init__(self, why: str, where: Path_ = ()) -> None:
        super().__init__(why)
        self.where = where


def mapping_in(data: dict[str, Any], key: str) -> dict[str, Any]:
    """Returns a mapping in a mapping; nothing of nothing.

    Raises:
        NotTaken: if it is none.
    """
    value = data.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotTaken(f"{key} is no mapping but {shown(value, 80)}")
    return value


def list_in(data: dict[str, Any], key: str) -> list[Any]:
    """Returns a list in a mapping; nothing of nothing.

    Raises:
        NotTaken: if it is none.
    """
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise NotTaken(f"{key} is no list but {shown(value, 80)}")
    return value


def made_elsewhere(value: Any) -> str:
    """Returns the first text in a value that another file or a template makes, or nothing."""
    if isinstance(value, str):
        return value if _MADE_ELSEWHERE.match(value) else ""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next(filter(None, map(made_elsewhere, parts)), "")


def tags_of(metadata: dict[str, Any]) -> list[str]:
    """Returns the short texts of metadata, as tags."""
    values = [value for value in metadata.values() if isinstance(value, str)]
    return [value for value in dict.fromkeys(values) if 0 < len(value) <= _LONGEST_TAG]
