"""Malformed locks."""

from __future__ import annotations

from .valid import LOCK, Case

END = LOCK.count("\n")
RESTORE = (
    "restore it from version control: git checkout -- promptevo.lock (if it was committed like "
    "that: git checkout COMMIT -- promptevo.lock). Only if no good one is left, delete it and run "
    "pytest --promptevo-update-lock: that drops the genomes that --evolve has found and their "
    "held-out figures, and pytest --evolve searches again"
)
MERGED = "a merge has left conflict markers"
EDITED = "entry 'first' was edited by hand: its checksum does not fit"


def row(number: int, text: str, said: str, line: int | None = None) -> Case:
    """Replaces a line of the valid lock."""
    rows = LOCK.splitlines(keepends=True)
    rows[number - 1] = f"{text}\n" if text else ""
    return Case("".join(rows), said, line or number)


def cut(rows: int, said: str = "the lock is truncated", line: int | None = None) -> Case:
    """Keeps the first lines of the valid lock."""
    return Case("".join(LOCK.splitlines(keepends=True)[:rows]), said, line or rows)


CASES = [
    Case("", "the lock is truncated", 1),
    Case("\n", "the lock is truncated", 1),
    Case("# end of lock\n", "the lock: should be a mapping", 1),
    Case("- a\n# end of lock\n", "the lock: should be a mapping", 1),
    Case("text\n# end of lock\n", "the lock: should be a mapping", 1),
    Case(b"version: 2\nsuites: \xff\n", "not UTF-8 text", 2),
    Case(LOCK[:-1], "the lock is truncated", END),
    Case(LOCK + "more: 1\n", "the lock is truncated", END + 1),
    Case(LOCK.replace("\n", "\r"), "the lock is truncated", 1),
    Case(LOCK[: LOCK.index("Extract") + 3], "the lock is truncated", 7),
    Case(LOCK[: LOCK.index("{mean") + 3], "not valid YAML", 31),
    *(cut(rows) for rows in (1, 3, 5, 10, 20, 36, 45, END - 1)),
    cut(4),
    row(1, "<<<<<<< HEAD", MERGED),
    row(7, "=======\n      instruction: Reply.", MERGED),
    row(38, ">>>>>>> evolve", MERGED),
    row(20, "||||||| base", MERGED),
    row(3, "version: 3", "version 3 of the lock is not known"),
    row(3, "version: 0", "version 0 of the lock is not known"),
    row(3, "version: '1'", "version: should be a valid integer (found '1')"),
    row(3, "version:", "version: should be a valid integer (found None)"),
    row(3, "", "version: is missing", 3),
    row(3, "version: 2\nversion: 2", "duplicate key 'version'", 4),
    row(3, "version: 2\nmade: today", "unknown key 'made' in the lock", 4),
    row(4, "suites: []\nx:", "suites: should be a mapping"),
    row(4, "suits:", "unknown key 'suits' in the lock"),
    row(5, "  first: &a", "anchors and aliases are not supported"),
    row(5, "  first: text\n  x:", "entry 'first' has no checksum"),
    row(5, "  first:\n  x:", "entry 'first' has no checksum"),
    row(5, "  second:", "duplicate key 'second'", 61),
    row(6, "    genom:", "unknown key 'genom' in entry 'first'"),
    row(6, "    genome: []\n    x:", "genome: should be a mapping"),
    row(7, "      instruction: Reply.", EDITED, 5),
    row(7, "      instruction: [", "not valid YAML", 9),
    row(
        7,
        "      instruction: 'Extract.",
        "not valid YAML: a quotation mark that stands here is not closed",
    ),
    row(7, "      instruction: 7", EDITED, 5),
    row(9, "        - s-2", EDITED, 5),
    row(10, "", EDITED, 5),
    row(12, "      usr: |", "unknown key 'usr' in prompt"),
    row(12, "      user: 7\n      x: |", "prompt.user: should be a text"),
    row(14, "        {{mesage}}", EDITED, 5),
    row(16, "      - idd: s-1", "unknown key 'idd' in shots.0"),
    row(17, "        inputs: x\n        x:", "shots.0.inputs: should be a mapping"),
    row(19, "        expected: 77", EDITED, 5),
    row(21, "      format: 7", "output.format: should be 'text', 'label' or 'json'"),
    row(22, "      max_repairs: two", "output.max_repairs: should be a valid integer"),
    row(22, "", EDITED, 5),
    row(24, "      primary: x\n      y:", "models.primary: should be a mapping"),
    row(25, "        refrence: a", "unknown key 'refrence' in models.primary"),
    row(25, "", "models.primary.reference: is missing", 24),
    row(26, "        digest: sha256:2", EDITED, 5),
    row(29, "        n: two", "figures.after.n: should be a valid integer"),
    row(30, "        fitness: 0.9", "figures.after.fitness: should be a mapping"),
    row(30, "        fitness: {mean: a, low: 0, high: 1}", "figures.after.fitness.mean: should"),
    row(30, "        fitness: {mean: .nan, low: 0, high: 1}", "figures.after.fitness.mean: should"),
    row(30, "        fitness: {mean: 0.9, low: 0.8}", "figures.after.fitness.high: is missing"),
    row(30, "", "figures.after.fitness: is missing", 28),
    row(31, "        quality: {mean: 0.9, low: 0.9, high: 0.9}", EDITED, 5),
    row(37, "    known_failures: o-2\n    x:", "known_failures: should be a list"),
    row(37, "    known_failures: [7]\n    x:", "known_failures.0: should be a text"),
    row(37, "    quality: [o-2]\n    x:", "quality: should be a mapping"),
    row(38, "      o-2: none", "quality.o-2: should be a valid number"),
    row(38, "      o-2: -0.1", "quality.o-2: should be greater than or equal to 0"),
    row(38, "      o-2: 1.1", "quality.o-2: should be less than or equal to 1"),
    row(38, "      o-2: .nan", "quality.o-2: should be"),
    row(38, "      o-2: 0.1", EDITED, 5),
    row(38, "      o-3: 0.5", EDITED, 5),
    row(38, "", EDITED, 5),
    row(41, "      seed: none", "search.seed: should be a valid integer (found 'none')"),
    row(41, "      sed: 0", "unknown key 'sed' in search"),
    row(41, "", "search.seed: is missing", 39),
    row(43, "      generations: -4", EDITED, 5),
    row(45, "      confirmed: 7", "search.confirmed: should be a mapping"),
    row(46, "    recordings: 3", "recordings: should be a text"),
    row(46, "    recordings: sha256:4", EDITED, 5),
    row(46, "", EDITED, 5),
    row(47, "    objectives: {quality: high}", "objectives.quality: should be a valid number"),
    row(47, "    objectives: {quality: 2.0}", EDITED, 5),
    row(48, "    held_out: o-2\n    x:", "held_out: should be a mapping"),
    row(49, "      ids: [7]", "held_out.ids.0: should be a text"),
    row(49, "      ids: [o-1]", EDITED, 5),
    row(49, "", "held_out.ids: is missing", 48),
    row(50, "", "held_out.inputs: is missing", 48),
    row(50, "      inputs: o-2", "held_out.inputs: String should match"),
    row(51, "      searched: 0a1b2c3d", EDITED, 5),
    row(55, "      now: 1\n      after: {n: 1,", "unknown key 'now' in held_out"),
    row(58, "    fingerprints: []\n    x:", "fingerprints: should be a mapping"),
    row(59, "      prompt: sha256:9", EDITED, 5),
    row(60, "", "entry 'first' has no checksum", 5),
    row(60, "    checksum: sha256:0", EDITED, 5),
    row(60, "    checksum:", EDITED, 5),
    row(60, "    checksum: [a]", EDITED, 5),
    row(63, "      model: other", "entry 'second' was edited by hand", 61),
]
