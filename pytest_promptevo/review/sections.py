"""The sections of a review as Markdown: each can be left out by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.base.word_diff import Part, word_diff
from pytest_promptevo.review.alert import alert
from pytest_promptevo.review.html import code, inert, pre, sides, span
from pytest_promptevo.review.numbers import with_interval
from pytest_promptevo.review.pieces import shown
from pytest_promptevo.review.provenance import provenance
from pytest_promptevo.review.words import Condition, Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_promptevo.review.flips import Flip
    from pytest_promptevo.review.model import SuiteChange
    from pytest_promptevo.review.prompts import PromptPart

MOST_FLIPS = 20
_MOST_TAGS = 50
_MOST_TURNS = 40
_PROMPT_WIDTH = 6_000
_ANSWER_WIDTH = 700
_MOST_ERRORS = 10
_ERROR_WIDTH = 300

_KINDS = {
    Word.BETTER: "TIP",
    Word.INCONCLUSIVE: "NOTE",
    Word.NEW: "NOTE",
    Word.WORSE: "CAUTION",
    Word.REGRESSED: "CAUTION",
    Word.STALE: "WARNING",
    Word.WEIGHTS: "WARNING",
    Word.REMOVED: "WARNING",
}


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        title: What it is called where it is left out.
        suite: The suite that it is about.
        text: Its Markdown.
        rank: The higher, the sooner it is left out; 0 stays.
    """

    title: str
    suite: str
    text: str
    rank: int


def alert_section(change: SuiteChange) -> Section:
    """Returns what is told on top."""
    told = shown(alert(change), span, "**")
    kind = _KINDS[change.word]
    if kind == "NOTE" and Condition.LAXER in change.conditions:
        kind = "WARNING"
    return Section("alert", change.name, f"> [!{kind}]\n> {told}", 0)


def sections_of(change: SuiteChange) -> Iterator[Section]:
    """Yields what stands below: heading and figures, prompt, flips, tags, provenance."""
    name = change.name
    if change.word is Word.REMOVED:
        return
    figures = f"\n\n{_figures(change)}" if change.is_relocked else ""
    yield Section("figures", name, f"### {span(name)}{figures}", 2)
    if change.prompt.any:
        yield Section("prompt", name, _prompt(change), 4)
    if change.flips.all:
        yield Section("flips", name, _flips(change), 3)
    if change.tags:
        yield Section("tags", name, _tags(change), 5)
    if told := provenance(change):
        line = shown(told, lambda text: code(text, 60))
        yield Section("provenance", name, f"<p><sub>{line}</sub></p>", 1)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a table as a block of HTML: its cells are HTML already, on one line each."""
    lines = ["<table>", f"<tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr>"]
    lines += [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows]
    return "\n".join([*lines, "</table>"])


def _figures(change: SuiteChange) -> str:
    figures = change.figures
    which = "unseen examples" if figures.are_unseen else "examples"
    counts = ["?" if count is None else f"{count:,}" for count in figures.n]
    head = ["", *(f"{end}, {count} {which}" for end, count in zip(_ENDS, counts, strict=True))]
    rows = []
    for row in figures.rows:
        ends = [with_interval(row.name, end) for end in (row.before, row.after)]
        if row.limits:
            ends[1] += f" <b>{', '.join(row.limits)}</b>"
        rows.append([row.name.replace("latency_ms", "latency"), *ends])
    return _table(head, rows)


_ENDS = ("before", "after")


def _prompt(change: SuiteChange) -> str:
    lines = ["<details open><summary>What the model receives</summary>"]
    entry = change.entries[1]
    if not change.prompt.turns and entry is not None and entry.target:
        lines.append(
            f"<p>Its messages are made by {code(entry.target)}, which is not run here.</p>"
        )
    changed = [part for part in change.prompt.turns if part.is_changed]
    same = len(change.prompt.turns) - len(changed)
    for part in changed[:_MOST_TURNS]:
        lines += [f"<p>{part.name}</p>", pre(_diff(part, _PROMPT_WIDTH))]
    if len(changed) > _MOST_TURNS:
        lines.append(f"<p>{len(changed) - _MOST_TURNS} more turns differ.</p>")
    if same:
        lines.append(f"<p>Turns as before: {same} of {len(change.prompt.turns)}.</p>")
    if change.prompt.settings:
        cells = [[code(part.name), *_cells(part)] for part in change.prompt.settings[:_MOST_TURNS]]
        lines.append(_table(["", *_ENDS], cells))
    return "\n".join([*lines, "</details>"])


def _cells(part: PromptPart) -> tuple[str, str]:
    if part.before is None or part.after is None:
        return _cell(part.before), _cell(part.after)
    return sides(_diff(part, _ANSWER_WIDTH))


def _cell(text: str | None) -> str:
    return "" if text is None else code(text, _ANSWER_WIDTH)


def _diff(part: PromptPart, width: int) -> list[Part]:
    return word_diff(part.before or "", part.after or "", width)


def _flips(change: SuiteChange) -> str:
    flips = change.flips
    told = flips.all[:MOST_FLIPS]
    lines = ["<details open><summary>Examples that stand otherwise</summary>"]
    if any(flip.is_unseen is False for flip in told):
        lines.append("<p>Those that the search saw are shown, and never tested.</p>")
    rows = [_flip(flip) for flip in told]
    lines.append(_table(["example", "expected", *_ENDS], rows))
    if rest := flips.all[MOST_FLIPS:]:
        kinds = {
            kind: sum(flip.kind == kind for flip in rest)
            for kind in ("fails now", "scores lower", "passes now")
        }
        counts = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
        lines.append(f"<p>And {len(rest)} more: {counts}.</p>")
    return "\n".join([*lines, "</details>"])


def _flip(flip: Flip) -> list[str]:
    mark = {"passes now": "✅", "fails now": "❌", "scores lower": "🔻"}[flip.kind]
    about = [f"{mark} {flip.kind}"]
    if flip.kind == "scores lower":
        before, after = flip.qualities
        about.append(f"quality {before:.2f} → {after:.2f}")
    if flip.is_unseen is not None:
        about.append("unseen" if flip.is_unseen else "seen by the search")
    if flip.is_edited:
        about.append("<b>edited</b>")
    if flip.is_cut:
        about.append("cut off by max_tokens")
    if flip.draws > 1:
        about.append(f"the last of {flip.draws} draws is shown")
    about += [code(tag, 40) for tag in flip.tags[:5]]
    expected = "not known" if flip.expected is None else _text(flip.expected)
    about_id = f"{code(flip.example)}<br>{'<br>'.join(about)}"
    if flip.has_same_answer:
        return [about_id, expected, _text(flip.before), "the same answer"]
    return [about_id, expected, *sides(word_diff(flip.before, flip.after, _ANSWER_WIDTH))]


def _text(text: str) -> str:
    return sides(word_diff(text, text, _ANSWER_WIDTH))[1]


def _tags(change: SuiteChange) -> str:
    rows = [
        [
            code(row.tag, 40),
            f"{row.n:,}",
            f"{row.passed[0]} → {row.passed[1]}",
            str(row.fail_now or ""),
            str(row.pass_now or ""),
        ]
        for row in change.tags[:_MOST_TAGS]
    ]
    table = _table(["tag", "examples", "passing", "newly failing", "fixed"], rows)
    more = len(change.tags) - _MOST_TAGS
    rest = f"\n<p>And {more} more tags.</p>" if more > 0 else ""
    return f"<details><summary>By tag</summary>\n{table}{rest}\n</details>"


def errors_section(errors: Sequence[str], when: str) -> str:
    """Returns what could not be read, as a block of HTML.

    Args:
        errors: An error each.
        when: At which end, as it is told.
    """
    rows = "\n".join(
        f"<li><code>{inert(error[:_ERROR_WIDTH])}</code></li>" for error in errors[:_MOST_ERRORS]
    )
    more = len(errors) - _MOST_ERRORS
    rest = f"\n<li>and {more} more</li>" if more > 0 else ""
    head = f"<details><summary>What could not be read {when}</summary>"
    return f"{head}\n<ul>\n{rows}{rest}\n</ul>\n</details>"
