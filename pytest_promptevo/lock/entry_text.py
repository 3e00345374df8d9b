"""The bytes of an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.base import yaml_writer
from pytest_promptevo.base.canonical import digest

if TYPE_CHECKING:
    from pytest_promptevo.lock.entry import Entry

_FLOW = {"fitness", "quality", "latency_ms", "tokens", "repairs", "difference", "reward"}
_ONE_LINE = ({"mean", "low", "high"}, {"low", "high"})


def entry_text(name: str, entry: Entry) -> str:
    """Returns the rows of an entry, with its checksum."""
    plain = entry.plain()
    marked = _flow({**plain, "checksum": digest(plain)})
    rows = yaml_writer.dump({name: marked}).rstrip("\n").split("\n")
    return "".join(f"  {row}\n" if row else "\n" for row in rows)


def _flow(value: Any, key: str = "") -> Any:
    """Marks means and scales so that each stands on one line."""
    if isinstance(value, dict):
        made = {name: _flow(inner, name) for name, inner in value.items()}
        is_short = key in _FLOW and set(value) in _ONE_LINE
        return yaml_writer.Flow(made) if is_short else made
    return [_flow(inner) for inner in value] if isinstance(value, list) else value
