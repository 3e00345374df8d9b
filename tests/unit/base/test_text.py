"""Texts of others in messages and on terminals."""

from __future__ import annotations

import random
import re

import pytest

from pytest_promptevo.base.text import Escaper, with_colours

RUN = re.compile(r"^\s*::|##\[", re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (["", ":", ":error"], ":\\x3aerror"),
        ([":", ":", "error"], ":\\x3aerror"),
        (["  ", "\t:", ":error"], "  \t:\\x3aerror"),
        (["one\n:", ":error"], "one\n:\\x3aerror"),
        (["#", "#[error]"], "#\\x23[error]"),
        (["##", "[error]"], "##\\x5berror]"),
        (["#", "#", "[error]"], "##\\x5berror]"),
        (["###", "[error]"], "###\\x5berror]"),
        ([":", "\x1b[31m", ":error"], ":\x1b[31m\\x3aerror"),
        ([":\n", ":error"], ":\n:error"),
        (["at 12:", ":30"], "at 12::30"),
        (["10 %\r", "20 %\r"], "10 %\\r20 %\\r"),
    ],
)
def test_a_command_in_parts_is_none(texts, shown):
    escaper = Escaper()
    parts = [escaper.add(text) for text in texts]
    assert "".join(parts) == shown
    assert all(map(bool, parts)) == all(map(bool, texts))  # nothing is held back


@pytest.mark.parametrize("seed", range(300))
def test_no_parts_make_a_command(seed):
    rng = random.Random(seed)
    letters = rng.choices(["::", ":", "#", "[", " ", "\n", "x", "\x1b[1m", "\r", "\u2028"], k=60)
    escaper, parts = Escaper(), []
    while letters:
        count = rng.randint(1, 4)
        parts.append(escaper.add("".join(letters[:count])))
        del letters[:count]
    made = "".join(parts)
    assert not RUN.search(made)
    assert not RUN.search(COLOUR.sub("", made))
    assert with_colours(made) == made
