"""What an audit of recorded answers found, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.text import shorten

if TYPE_CHECKING:
    from pytest_promptevo.project.audit import Audit, Difference

_MOST = 10
_WIDTH = 160
_BEFORE = 20
_NAMES = {
    "quality": "quality",
    "completion_tokens": "completion tokens",
    "prompt_tokens": "prompt tokens",
    "cut_off": "share that was cut off",
}
_ALWAYS = ("quality", "completion_tokens")
"""Figures that are told even where they are within noise."""
_FAR = 3.0
"""How many times as long as now (or now as then) a latency is worth a remark."""


def audit_line(audit: Audit) -> str:
    """Returns the line for the summary."""
    parts = []
    exact, differing = len(audit.checked) - len(audit.varying), _examples(audit)
    if exact or differing:
        rounded = sum(each.is_rounded for each in audit.checked)
        upto = f", {rounded} equal only up to rounding" if rounded else ""
        parts.append((f"{differing} differ" if differing else "all equal") + upto)
    if audit.figures:
        parts.append(_figures_line(audit))
    recorded_ms, now_ms = audit.latencies
    if max(recorded_ms, now_ms) > _FAR * min(recorded_ms, now_ms):
        parts.append(f"median latency {recorded_ms:,.0f} ms recorded, {now_ms:,.0f} ms now")
    return (
        f"{audit.suite}: audit: {len(audit.checked)} of {audit.total} recorded answers asked "
        f"again: {'; '.join(parts)} (drawn by {audit.drawn_by})"
    )


def audit_failure(audit: Audit) -> str:
    """Returns why an audit fails: what differs, with both texts, and what that may mean."""
    lines = []
    if differing := _examples(audit):
        lines.append(
            f"{audit.suite}[audit]: {differing} of {len(audit.checked)} recorded answers are not "
            "what the model answers"
        )
        for difference in audit.differences[:_MOST]:
            lines += _told(difference)
        if len(audit.differences) > _MOST:
            lines.append(f"  and {len(audit.differences) - _MOST} more")
        lines.append(
            "  hint: the recordings were changed after they were made, or this machine computes "
            "otherwise than the one that made them"
        )
    for name in audit.beyond_noise:
        lines += _beyond_noise(audit, name)
    return "\n".join(lines)


def _figures_line(audit: Audit) -> str:
    """Returns how the figures stand of answers that may vary."""
    told = [
        f"{_NAMES[name]} {_mean(name, figure.recorded)} recorded, {_mean(name, figure.now)} now "
        f"(p = {figure.p_value:.2g})"
        for name, figure in audit.figures.items()
        if name in _ALWAYS or figure.is_beyond
    ]
    agrees = "beyond" if audit.beyond_noise else "within"
    return f"{len(audit.varying)} that may vary: {', '.join(told)}: {agrees} noise"


def _beyond_noise(audit: Audit, name: str) -> list[str]:
    """Returns the lines on a figure of answers that may vary, and did so beyond noise."""
    figure = audit.figures[name]
    lines = [
        f"{audit.suite}[audit]: the recorded {_NAMES[name]} {_mean(name, figure.recorded)} is not "
        f"what the model reaches: {_mean(name, figure.now)} in the same {len(audit.varying)} "
        f"examples (paired sign-flip test, p = {figure.p_value:.2g})"
    ]
    figures = [(each.example, *getattr(each, name)) for each in audit.varying]
    moved = [(example, recorded, now) for example, recorded, now in figures if recorded != now]
    lines += [
        f"  {_escaped(example)}: {recorded:.3g} recorded, {now:.3g} now"
        for example, recorded, now in moved[:_MOST]
    ]
    if len(moved) > _MOST:
        lines.append(f"  and {len(moved) - _MOST} more")
    return lines


def _mean(name: str, value: float) -> str:
    return f"{value:.1f}" if name.endswith("tokens") else f"{value:.3f}"


def _examples(audit: Audit) -> int:
    return len({difference.example for difference in audit.differences})


def _told(difference: Difference) -> list[str]:
    recorded, now = difference.recorded, difference.now
    draw = f", draw {difference.draw}" if difference.draw else ""
    lines = [f"  {_escaped(difference.example)}{draw}"]
    if "text" not in difference.names:
        lines += [
            f"    {name}: {getattr(recorded, name)} recorded, {getattr(now, name)} now"
            for name in difference.names
        ]
        return lines
    start = max(0, _common(recorded.text, now.text) - _BEFORE)
    return [
        *lines,
        f"    recorded: {_from(start, recorded.text)}",
        f"    now:      {_from(start, now.text)}",
    ]


def _common(text: str, other: str) -> int:
    """Returns the length of the beginning that two texts share."""
    pairs = enumerate(zip(text, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(text), len(other)))


def _from(start: int, text: str) -> str:
    """Returns a text in bounds and escaped, from where it matters."""
    return f"{'...' if start else ''}{shorten(ascii(text[start:]), _WIDTH)}"


def _escaped(example: str) -> str:
    return shorten(ascii(example)[1:-1], _WIDTH)
