"""What others wrote is shown, and makes neither terminal nor CI do anything."""

from __future__ import annotations

import json
import re

import pytest

EVIL = "pwned\x1b[2J\x07\x9b31m\u202e\r\n::error file=a,line=1::pwned\n##[error]pwned"

FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def assert_harmless(*texts):
    assert "pwned" in "".join(texts)
    for text in texts:
        assert not FORBIDDEN.search(text)
        assert not re.search(r"^\s*::|##\[", text, re.MULTILINE)


def shown(project, *options):
    """Returns what runs show, many failures folded and each alone, and what JUnit keeps."""
    project.env(COLUMNS="200")
    folded = project.run(*options)
    plain = project.run("-ra", "--junitxml=junit.xml", *options)
    several = project.spawn("-n", "2", "-v", "-ra", *options)
    texts = [folded.stdout.str(), plain.stdout.str(), several.stdout.str(), several.stderr.str()]
    return [*filter(str.strip, texts), (project.root / "junit.xml").read_text()]


def evil_rows(count, inputs=None, **changes):
    rows = [
        {
            "id": f"o-{number}",
            "inputs": {"message": f"my order {1000 + 7 * number} is late", **(inputs or {})},
            "expected": "none",
            **changes,
        }
        for number in range(count)
    ]
    return "".join(f"{json.dumps(row)}\n" for row in rows)


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("count", [1, 8])
def test_names_of_inputs_and_reasons_of_scorers(project, locked, count):
    project.suite(scorers=["python:judge:evil"], scorer_check=False)
    project.write("judge.py", f"def evil(output, example):\n    return 0.2, {EVIL!r}\n")
    project.write("golden/order.jsonl", evil_rows(count, inputs={EVIL: "x"}))
    if locked:
        project.accept()
    assert_harmless(*shown(project))


PRINTS = f"""\
import logging
import sys
import warnings

EVIL = {EVIL!r}


def answer(request):
    return say("")


def judge(output, example):
    say("")
    return 0.0


def say(text):
    print(EVIL)
    print(EVIL, file=sys.stderr)
    logging.warning("%s", EVIL)
    warnings.warn(EVIL, stacklevel=1)
    return text


print(EVIL)
"""


@pytest.mark.parametrize("function", ["model", "scorer", "import"])
def test_what_the_users_functions_print_log_and_warn_of(project, function):
    name = f"prints_in_{function}"
    project.write(f"{name}.py", PRINTS + ("1 / 0\n" if function == "import" else ""))
    asked = {"models": {"primary": f"scripted:{name}:answer"}}
    project.suite(
        count=1,
        scorer_check=False,
        **(asked if function == "model" else {"scorers": [f"python:{name}:judge"]}),
    )
    assert_harmless(*shown(project, "-W", "default"))
    if function != "import":
        alone = project.spawn("-s", "-W", "default", "--promptevo-record=all")
        assert_harmless(alone.stdout.str(), alone.stderr.str())


STREAMED = """\
import sys


def answer(request):
    words = ["pwned", "\\n", ":", ":error", "::pwned\\n#", "#[error]", "pwned\\n"]
    for stream in sys.stdout, sys.stderr:
        print("", ":error::pwned", sep=":", file=stream)
        for word in words:
            print(word, end="", file=stream, flush=True)
        stream.writelines([":", ":error::pwned"])
        print("\\n:", end="", file=stream)
    return ""
"""


def test_what_is_printed_in_parts_on_one_line(project):
    project.write("streams.py", STREAMED)
    project.suite(count=2, scorer_check=False, models={"primary": "scripted:streams:answer"})
    alone = project.spawn("-s", "--promptevo-record=all")
    assert "error" in alone.stderr.str()
    assert_harmless(alone.stdout.str(), alone.stderr.str())


@pytest.mark.parametrize("options", [["--promptevo-update-lock"], ["--evolve"], []])
def test_what_is_printed_before_the_first_test(project, options):
    project.write("prints_before.py", PRINTS)
    project.suite(count=6, models={"primary": "scripted:prints_before:answer"})
    result = project.spawn(*options)
    assert_harmless(result.stdout.str(), result.stderr.str())


def test_colours_of_a_log_stay(project):
    project.write("prints_colours.py", PRINTS)
    project.suite(count=1, scorers=["python:prints_colours:judge"], scorer_check=False)
    text = project.run("--color=yes").stdout.str()
    assert "\x1b[33mWARNING" in text
    assert_harmless(re.sub(r"\x1b\[[0-9;]*m", "", text))


def test_names_of_folders_and_files(project):
    project.suite(count=1, genome={"instruction": "Extract the order number."})
    suite = project.root / "order.promptevo.yaml"
    text = suite.read_text().replace("golden/", "../golden/").replace("suite: order\n", "")
    suite.unlink()
    folder = project.root / "pwned\x1b[31m\n::error::x"
    folder.mkdir()
    (folder / "a\u202e.promptevo.yaml").write_text(f"{text}\nsuite: a\n")
    (folder / "c\x07.promptevo.yaml").write_text("pwned\x1b: [")
    assert_harmless(*shown(project, "--continue-on-collection-errors"))
    assert_harmless(project.run("--collect-only", "-q").stdout.str())
    assert_harmless(project.run("--lf", "-v").stdout.str())


@pytest.mark.parametrize("function", ["model", "scorer", "target"])
def test_errors_of_the_users_functions(project, function):
    project.suite(count=6)
    raises = f"    raise ValueError({EVIL!r})\n"
    if function == "model":
        project.write("fake.py", f"def answer(request):\n{raises}")
    elif function == "scorer":
        project.write("judge.py", f"def evil(output, example):\n{raises}")
        project.change(scorers=["python:judge:evil"], scorer_check=False)
    else:
        project.write("judge.py", f"def evil(inputs, genome, ask):\n{raises}")
        project.change(target="judge:evil", prompt=None, search=None)
    assert_harmless(*shown(project))


@pytest.mark.parametrize(
    "changes",
    [
        {EVIL: 1},
        {"models": {"primary": EVIL}},
        {"models": {EVIL: "scripted:fake:answer"}, "genome": {"model": EVIL, "x": 1}},
        {"golden": EVIL},
        {"genome": {EVIL: 1}},
        {"search": {EVIL: [1]}},
        {"scorers": [EVIL]},
        {"scorers": [{"regex": {"pattern": f"({EVIL}"}}]},
        {"scorers": [{"exact_match": {EVIL: 1}}]},
        {"target": EVIL},
        {"suite": EVIL},
        {"output": {"format": "json", "schema": {"type": EVIL}}},
        {"prompt": {"user": f"{{{{{EVIL}}}}}"}},
    ],
)
def test_what_is_wrong_with_a_suite_file(project, changes):
    project.suite(count=1, **changes)
    text = project.run("-rA", "--junitxml=junit.xml").stdout.str()
    assert "error" in text
    assert not FORBIDDEN.search(text)
    assert not re.search(r"^\s*::|##\[", text, re.MULTILINE)


def test_labels_and_fields(project):
    project.write("fake.py", "def answer(request):\n    return '{}'\n")
    project.suite(output={"format": "label", "labels": [EVIL, "b"]}, scorer_check=False)
    assert_harmless(*shown(project))
    output = {"format": "json", "labels": []}
    project.change(output=output, scorers=["fields"])
    project.write("golden/order.jsonl", evil_rows(2, expected={EVIL: 1}))
    assert_harmless(*shown(project))


def test_the_progress_of_a_search_and_its_genes(project):
    genome = {"instruction": f"{EVIL} Extract the order number."}
    project.suite(
        genome=genome,
        search={"instruction": [genome["instruction"], f"{EVIL} nothing else"]},
    )
    assert_harmless(project.run("--evolve", "--promptevo-accept=inconclusive").stdout.str())
