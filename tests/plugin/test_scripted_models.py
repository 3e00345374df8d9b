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
        ("import pytest; pytest.skip('not today')", "naughty:answer failed: Skipped: not today"),
        ("import pytest; pytest.xfail('known')", "naughty:answer failed: XFailed: known"),
        ("import pytest; pytest.fail('no')", "naughty:answer failed: Failed: no"),
        ("import pytest; pytest.exit('bye')", "naughty:answer failed: Exit: bye"),
        ("raise SystemExit(0)", "naughty:answer failed: SystemExit: 0"),
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
    result.assert_outcomes(failed=3)


@pytest.mark.parametrize("command", [(), ("--promptevo-update-lock",), ("--evolve",)])
@pytest.mark.parametrize("name", ["no_such_module:answer", "naughty:no_such_function"])
def test_a_function_that_there_is_not_is_told_with_the_suites_line(
    pytester: pytest.Pytester, name: str, command: tuple[str, ...]
) -> None:
    pytester.makefile(".promptevo.yaml", bad=SUITE.replace("naughty:answer", name))
    pytester.makepyfile(naughty="")
    result = pytester.runpytest_subprocess(*command)
    assert result.ret != 0
    told = f"bad.promptevo.yaml:2: models.primary: cannot import 'scripted:{name}'"
    assert told in result.stdout.str() + result.stderr.str()


def test_the_command_lines_model_is_not_told_with_the_suites_line(
    pytester: pytest.Pytester,
) -> None:
    pytester.makefile(".promptevo.yaml", bad=SUITE)
    result = pytester.runpytest_subprocess("--promptevo-model", "primary=scripted:nowhere:answer")
    result.stdout.fnmatch_lines(["cannot import 'scripted:nowhere:answer'*"])


_TARGET = SUITE.replace('prompt: "{{message}}"', 'target: "naughty:target"')
_SCORED = SUITE.replace("exact_match", "python:naughty:score")
_ENDINGS = ["pytest.skip('not today')", "pytest.xfail('x')", "sys.exit(0)", "pytest.exit('x')"]


@pytest.mark.parametrize("ending", _ENDINGS)
@pytest.mark.parametrize(
    ("suite", "function"),
    [
        (_TARGET, "def target(inputs, genome, ask)"),
        (_TARGET, "async def target(inputs, genome, ask)"),
        (_SCORED, "def score(output, example)"),
    ],
)
@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_no_function_of_the_users_can_skip_or_end_the_tests_that_judge_it(
    pytester: pytest.Pytester, suite: str, function: str, ending: str, options: tuple[str, ...]
) -> None:
    pytester.makefile(".promptevo.yaml", bad=suite)
    model = "def answer(request):\n    return request.messages[-1].content\n"
    pytester.makepyfile(naughty=f"import pytest, sys\n{model}{function}:\n    {ending}\n")
    result = pytester.runpytest_subprocess("--promptevo-record=missing", *options)
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*failed on example*"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.no_fnmatch_line("*INTERNALERROR*")


@pytest.mark.parametrize("ending", _ENDINGS)
def test_a_module_cannot_skip_its_suite(pytester: pytest.Pytester, ending: str) -> None:
    ending = ending.replace("'not today'", "'not today', allow_module_level=True")
    pytester.makefile(".promptevo.yaml", bad=_SCORED)
    pytester.makepyfile(naughty=f"import pytest, sys\n{ending}\n")
    result = pytester.runpytest_subprocess("--promptevo-record=missing")
    result.stdout.fnmatch_lines(["*cannot import 'python:naughty:score': *"])
    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_ctrl_c_in_a_model_ends_the_run(pytester: pytest.Pytester) -> None:
    pytester.makefile(".promptevo.yaml", bad=SUITE)
    pytester.makepyfile(naughty="def answer(request):\n    raise KeyboardInterrupt\n")
    result = pytester.runpytest_subprocess("--promptevo-record=missing")
    assert result.ret == pytest.ExitCode.INTERRUPTED
