"""The fenced blocks of the pages, each with what the comment above it says."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"\s*(?P<marks>`{3,}|~{3,})\s*(?P<language>[\w-]*)")
_COMMENT = re.compile(r"\s*<!-- sample: (?P<text>.+?) -->\s*")
_HEADING = re.compile(r"#+ (?P<text>.+)")
_NOT_RUN = "not run, "


@dataclass(frozen=True)
class Sample:
    """A fenced block.

    Attributes:
        page: The page's path from the root.
        line: Where the block begins.
        name: The heading above it with a number, which stay while other lines change.
        language: What the fence says.
        text: What stands between the fences.
        comment: What the comment right above says; nothing without one.
    """

    page: str
    line: int
    name: str
    language: str
    text: str
    comment: str

    @property
    def why_not(self) -> str:
        """Why the sample is not run; nothing if it is."""
        return self.comment.removeprefix(_NOT_RUN) if self.comment.startswith(_NOT_RUN) else ""

    @property
    def scene(self) -> str:
        """The name of its scene."""
        return self.comment.partition(" $ ")[0]

    @property
    def commands(self) -> list[tuple[str, str | None]]:
        """What the sample runs, each command with the output that is shown, if any is."""
        if command := self.comment.partition(" $ ")[2]:
            is_explained = self.language == "yaml"
            shown = re.sub(r" +#.*", "", self.text) if is_explained else self.text
            return [(command, shown)]
        if self.language == "console":
            parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)
            assert not parts[0], f"{self.page}:{self.line}: begins with no command"
            split = [part.partition("\n") for part in parts[1:]]
            return [(command, shown) for command, _, shown in split]
        assert self.language == "sh", f"{self.page}:{self.line}: {self.language} has no commands"
        return [(self.text, None)]


@dataclass(frozen=True)
class Page:
    """What a page holds.

    Attributes:
        samples: Its blocks.
        strays: Lines of comments that stand above no block.
    """

    samples: list[Sample]
    strays: list[str]


def pages() -> list[Path]:
    """Returns the pages whose samples are run."""
    top = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "SECURITY.md")]
    return [*top, *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("example_project/**/*.md"))]


def read_pages() -> list[Page]:
    """Reads all pages."""
    return [
        read_page(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in pages()
    ]


def read_page(page: str, text: str) -> Page:
    """Finds blocks and comments in a page's text."""
    lines = text.splitlines()
    samples: list[Sample] = []
    strays: list[str] = []
    counts: Counter[str] = Counter()
    heading, comment, number = "top", "", 0
    while number < len(lines):
        line = lines[number]
        if fence := _FENCE.match(line):
            end = _end(lines, number, fence["marks"])
            counts[heading] += 1
            name = f"{heading}-{counts[heading]}"
            text = dedent("\n".join(lines[number + 1 : end])) + "\n"
            samples.append(Sample(page, number + 1, name, fence["language"], text, comment))
            comment, number = "", end + 1
            continue
        if comment:
            strays.append(f"{page}:{number}: {comment}")
        found = _COMMENT.fullmatch(line)
        comment = found["text"] if found else ""
        if title := _HEADING.match(line):
            heading = "-".join(re.findall(r"\w+", title["text"].lower()))
        number += 1
    strays += [f"{page}:{number}: {comment}"] if comment else []
    return Page(samples, strays)


def _end(lines: list[str], start: int, marks: str) -> int:
    """Returns the index of the fence that ends the block begun at `start`."""
    for number in range(start + 1, len(lines)):
        if lines[number].strip().startswith(marks):
            return number
    raise AssertionError(f"the block of line {start + 1} has no end")


def all_samples() -> list[Sample]:
    """Returns the samples of all pages."""
    return [sample for page in read_pages() for sample in page.samples]


def block_that_begins(line: str) -> str:
    """Returns the text of the block with this first line."""
    texts = [sample.text for sample in all_samples()]
    (found,) = {text for text in texts if text.startswith(f"{line}\n")}
    return found
