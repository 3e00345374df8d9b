"""A scripted model that misbehaves fails tests; it never breaks the run."""

from __future__ import annotations

import pytest

SUITE = """
golden: [{inputs: {message: hi}, expected: hi}, {inputs: {message: ho}, expected: ho}]
models: {primary: "scripted:naughty:answer"}
prompt: "{{message}}"
genome: {temperature: 0.0}
scorers: [exact_match]
threshold: 0.5
"""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise ValueError('boom')", "ValueError: boom"),
        ("return None", "returned None, not a text"),
    ],
)
def test_a_bad_function_fails_the_tests_alone(
    pytester: pytest.Pytester, body: str, told: str
) -> None:
    pytester.makefile(".promptevo.yaml", bad=SUITE)
    pytester.makepyfile(naughty=f"def answer(request):\n    {body}\n")
    result = pytester.runpytest_subprocess("--promptevo-record=missing")
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"*{told}*"])
    result.stdout.no_fnmatch_line("*INTERNALERROR*")
