"""Dumping plain data as the one YAML text that reads as the same data."""

from __future__ import annotations

import re
from typing import Any

import yaml

from pytest_promptevo.base.yaml_reader import FLOAT, WORDS

_BREAKS = re.compile("[\x85\u2028\u2029]")


class Flow(dict[str, Any]):
    """A mapping that is dumped on one line."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if _BREAKS.search(text):
        style = '"'
    elif "\n" in text or len(text) > 60:
        style = "|"
    elif _reads_as_other(text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _reads_as_other(text: str) -> bool:
    return text in WORDS or bool(FLOAT.match(text))


def _flow(dumper: yaml.SafeDumper, data: Flow) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Flow, _flow)


def dump(data: Any) -> str:
    """Returns the one YAML text of plain data: keys in the given order, texts as blocks."""
    text: str = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6, indent=2
    )
    return text
