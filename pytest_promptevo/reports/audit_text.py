"""What an audit of recorded answers found, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.text import shorten

if TYPE_CHECKING:
    from pytest_promptevo.project.audit import Audit, Difference

_MOST = 10
_WIDTH = 160
_BEFORE = 20
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
    if audit.p_value is not None:
        recorded, now = audit.qualities
        agrees = "beyond" if _has_moved(audit) else "within"
        parts.append(
            f"quality {recorded:.3f} recorded, {now:.3f} now in {len(audit.varying)} that may "
            f"vary, {agrees} noise (p = {audit.p_value:.2g})"
        )
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
    if _has_moved(audit):
        recorded, now = audit.qualities
        lines.append(
            f"{audit.suite}[audit]: the recorded quality {recorded:.3f} is not what the model "
            f"reaches: {now:.3f} in the same {len(audit.varying)} examples "
            f"(paired sign-flip test, p = {audit.p_value:.2g})"
        )
        moved = [each for each in audit.varying if each.quality[0] != each.quality[1]]
        lines += [
            f"  {_escaped(each.example)}: {each.quality[0]:.3g} recorded, {each.quality[1]:.3g} now"
            for each in moved[:_MOST]
        ]
        if len(moved) > _MOST:
            lines.append(f"  and {len(moved) - _MOST} more")
    return "\n".join(lines)


def _examples(audit: Audit) -> int:
    return len({difference.example for difference in audit.differences})


def _has_moved(audit: Audit) -> bool:
    from pytest_promptevo.project.audit import ALPHA

    return audit.p_value is not None and audit.p_value < ALPHA


def _told(difference: Difference) -> list[str]:
    recorded, now = difference.recorded, difference.now
    draw = f", draw {difference.draw}" if difference.draw else ""
    lines = [f"  {_escaped(difference.example)}{draw}"]
    if recorded.text == now.text:
        for name in ("prompt_tokens", "completion_tokens"):
            old, new = getattr(recorded, name), getattr(now, name)
            if old != new:
                lines.append(f"    {name}: {old} recorded, {new} now")
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
