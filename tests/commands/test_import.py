"""`promptevo import`: files in the formats of other tools become suites that run, or are refused.

The files are written for these tests, in the forms that the tools document.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.commands import starting
from pytest_promptevo.commands.importing.reading import read
from pytest_promptevo.commands.main import DONE, FAILED, WRONG, main
from pytest_promptevo.prompt import Output
from pytest_promptevo.suite import load_suite
from pytest_promptevo.suite.golden import load_examples

if TYPE_CHECKING:
    from pathlib import Path

PROMPTFOO = """\
# yaml-language-server: $schema=https://promptfoo.dev/config-schema.json
description: Capitals
prompts:
  - 'Which country is {{city}} the capital of? {{style}}'
  - file://prompts/long.txt
providers:
  - openai:gpt-4o-mini
  - id: ollama:chat:llama3.1
    config: {temperature: 0}
defaultTest:
  vars: {style: Answer in one word.}
tests:
  - description: a plain one
    vars: {city: Paris}
    assert:
      - {type: icontains, value: France}
    metadata: {region: europe}
  - vars: {city: Lima}
    assert:
      - type: icontains
        value: Peru
      - type: icontains-all
        value: [country, capital]
"""

DEEPEVAL = [
    {
        "input": "When do you open?",
        "actual_output": None,
        "expected_output": "At nine.",
        "retrieval_context": None,
        "context": ["We open at nine.", "We close at six."],
        "source_file": "hours.txt",
        "additional_metadata": {"topic": "hours", "count": 3},
    },
    {"input": "Do you ship abroad?", "expected_output": "No.", "context": None},
]

LANGSMITH = [
    {
        "id": "5d0a7e6c-6c3c-4a53-9d5c-0d0c7a1f0001",
        "inputs": {"question": "2 + 2?"},
        "outputs": {"answer": "4"},
        "metadata": {"level": "easy"},
        "split": "test",
    },
    {"inputs": {"question": "3 * 3?"}, "outputs": {"answer": "9"}, "dataset_split": ["base"]},
]

HUGGING_FACE = [
    {"idx": 0, "sentence": "It was a joy.", "label": 1},
    {"idx": 1, "sentence": "Two hours too long.", "label": 0},
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines(rows: list[dict]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


FILES = {
    "promptfooconfig.yaml": (PROMPTFOO, "a promptfoo configuration"),
    "goldens.json": (json.dumps(DEEPEVAL, indent=4), "goldens of DeepEval"),
    "dataset.json": (json.dumps({"goldens": DEEPEVAL}, indent="\t"), "goldens of DeepEval"),
    "examples.jsonl": (lines(LANGSMITH), "examples of LangSmith"),
    "reviews.jsonl": (lines(HUGGING_FACE), "records"),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_taken_over_loads(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text, kind = FILES[name]
    (folder / name).write_text(text)
    assert main(["import", name, "taken", "--model", "openai:gpt"]) == DONE
    assert f"golden/taken.jsonl: 2 golden examples from {kind}" in capsys.readouterr().out
    suite = load_suite(folder / "taken.promptevo.yaml", folder)
    assert len(suite.examples) == 2
    for example in suite.examples:  # every input and answer is a text that is asked
        request = suite.prompt.request(suite.shipped, example.inputs)
        assert all(str(value) in request.messages[-1].content for value in example.inputs.values())


def test_a_suite_that_was_taken_over_runs(
    folder: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pytester.path)
    pytester.path.joinpath("promptfooconfig.yaml").write_text(PROMPTFOO)
    assert main(["import", "promptfooconfig.yaml", "--model", "scripted:bot:answer"]) == DONE
    pytester.makepyfile(
        bot="def answer(request):\n"
        "    text = request.messages[-1].content\n"
        "    return 'FRANCE' if 'Paris' in text else 'The country with this capital is Peru.'\n"
    )
    pytester.runpytest_subprocess("-m", "europe").assert_outcomes(passed=1)
    pytester.runpytest_subprocess().assert_outcomes(passed=3)


def test_what_examples_are_made_of(folder: Path) -> None:
    for name, (text, _) in FILES.items():
        (folder / name).write_text(text)
    made = {name: [row for _, row in read(folder / name).rows] for name in FILES}
    style = "Answer in one word."
    assert made["promptfooconfig.yaml"] == [
        {"inputs": {"style": style, "city": "Paris"}, "expected": "France", "tags": ["europe"]},
        {"inputs": {"style": style, "city": "Lima"}, "expected": ["Peru", "country", "capital"]},
    ]
    context = "We open at nine.\nWe close at six."
    assert made["goldens.json"] == made["dataset.json"]
    assert made["goldens.json"] == [
        {
            "inputs": {"input": "When do you open?", "context": context},
            "expected": "At nine.",
            "tags": ["hours"],
        },
        {"inputs": {"input": "Do you ship abroad?", "context": ""}, "expected": "No."},
    ]
    assert made["examples.jsonl"][0] == {
        "inputs": {"question": "2 + 2?"},
        "expected": "4",
        "id": "5d0a7e6c-6c3c-4a53-9d5c-0d0c7a1f0001",
        "tags": ["test", "easy"],
    }
    assert made["reviews.jsonl"][1] == {
        "inputs": {"sentence": "Two hours too long."},
        "expected": 0,
    }


def foo(test: str, before: str = "") -> str:
    return f"prompts: ['{{{{a}}}}']\n{before}tests:\n  - {test}\n"


SAME = "assert: [{type: equals, value: x}]"
REFUSED = [
    ("p.yaml", foo("{vars: {a: 1}}"), "a test has no assertion", 3),
    ("p.yaml", foo(f"{{{SAME}}}"), "a test has no vars", 3),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: javascript, value: x}]}"), "'javascript'", 3),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: llm-rubric, value: x}]}"), "'llm-rubric'", 3),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: not-contains, value: x}]}"), "not-contains", 3),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: equals, value: 'file://x'}]}"), "elsewhere", 3),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: equals, value: x, weight: 2}]}"), "weight", 3),
    ("p.yaml", foo(f"{{vars: {{a: [1, 2]}}, {SAME}}}"), "vars.a is a list", 3),
    ("p.yaml", foo(f"{{vars: {{a: 'file://b.txt'}}, {SAME}}}"), "vars.a is in another file", 3),
    ("p.yaml", foo(f"{{vars: {{a: '{{{{ env.X }}}}'}}, {SAME}}}"), "vars.a is a template", 3),
    ("p.yaml", foo(f"{{vars: {{a: 1}}, options: {{transform: x}}, {SAME}}}"), "has options", 3),
    ("p.yaml", foo(f"{{vars: {{a: 1}}, {SAME}}}", "defaultTest: {options: {transform: x}}\n"),
     "defaultTest has options", 2),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: contains-all, value: []}]}"), "no list", 3),
    ("p.yaml", foo(f"{{vars: {{a: 1}}, {SAME}}}", "scenarios: [{config: []}]\n"), "scenarios", 2),
    ("p.yaml", foo("{vars: {a: 1}, threshold: 0.5, assert: [{type: contains, value: x}, "
                   "{type: contains, value: y}]}"), "a test has threshold", 3),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: contains, value: x}, "
                   "{type: contains, value: y}]}", "defaultTest: {threshold: 0.5}\n"),
     "defaultTest has threshold", 2),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: [equals], value: x}]}"), "['equals']", 3),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: {a: 1}, value: x}]}"), "taken over are", 3),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: equals}]}"), "equals has no value", 3),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: contains, value: ' '}]}"), "text is empty", 3),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: contains-all, value: ['{{b}}']}]}"),
     "made elsewhere", 3),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: regex, value: '('}]}"), "'(' is no pattern", 3),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: regex, value: '(?<n>a)\\k<n>'}]}"),
     "is no pattern", 3),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: regex, value: 'a)|(b'}, "
                   "{type: contains, value: x}]}"), "'a)|(b' is no pattern", 3),
    ("p.yaml", foo("{vars: {a: 1}, assert: [{type: regex, value: '(?i)a'}, "
                   "{type: contains, value: x}]}"), "flags stands beside others", 3),
    ("p.yaml", foo(f"{{vars: {{a: 1}}, provider: 'openai:x', {SAME}}}"), "has provider", 3),
    ("p.yaml", foo(f"{{vars: {{a: 1}}, prompts: [b], {SAME}}}"), "a test has prompts", 3),
    ("p.yaml", foo(f"{{vars: {{a: 1}}, {SAME}}}", "defaultTest: {providerOutput: x}\n"),
     "defaultTest has providerOutput", 2),
    ("p.yaml", foo("file://tests.py"), "a test is no mapping", 3),
    ("p.yaml", "prompts: [a]\ntests: file://tests.csv\n", "tests are in another file", 2),
    ("p.yaml", foo(f"{{vars: {{a: 1}}, {SAME}}}", "defaultTest: 'file://d.yaml'\n"),
     "defaultTest is in another file", 2),
    ("p.yaml", "prompts: [a]\ntests: []\n", "holds no examples", 1),
    ("p.yaml", "prompts: [&x a, *x]\ntests: []\n", "anchors and aliases are not supported", 1),
    ("p.yaml", "a: 1\n", "neither a promptfoo configuration nor a list", 1),
    ("g.json", '[{"input": "a"}, {"input": "b", "expected_output": "c"}]', "no column says", 1),
    ("g.json", '[{"input": "b", "expected_output": "c"},\n{"input": "a"}]', "no expected_ou", 2),
    ("g.json", '[{"input": "b", "expected_output": "c", "expected_tools": [1]}]', "of tools", 1),
    ("g.json", '[{"scenario": "x", "turns": [1], "expected_outcome": "y"}]', "a conversation", 1),
    ("g.json", "[", "not valid JSON", 1),
    ("l.jsonl", '{"inputs": {"q": "a"}}\n', "has no outputs", 1),
    ("l.jsonl", '{"inputs": {"messages": [{"role": "user"}]}, "outputs": {"a": 1}}', "one turn", 1),
    ("l.jsonl", '{"text": "a", "label": 1}\n{"text": "a"}\n', "no column says what is expected", 2),
    ("l.jsonl", '{"text": {"en": "a"}, "label": 1}\n', "column text is no text", 1),
    ("l.jsonl", '{"id": "lock", "text": "a", "label": 1}\n', "taken by the suite's own test", 1),
    ("l.jsonl", '{"text": "a", "label": {"b": 1}}\n{"text": "a", "label": "b"}\n',
     "an example expects an object or a list, and others expect texts", 1),
    ("l.jsonl", '{"label": 1}\n', "no input beside its answer", 1),
    ("l.jsonl", "7\n", "a record is no object", 1),
    ("l.jsonl", '{"a": 1, "a": 2}\n', "duplicate key", 1),
    ("l.parquet", "PAR1", "cannot import '.parquet'", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "said", "line"), REFUSED)
def test_what_cannot_be_taken_over_is_named_with_its_line(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, said: str, line: int
) -> None:
    (folder / name).write_text(text)
    assert main(["import", name]) == FAILED
    err = capsys.readouterr().err
    assert said in err
    assert f"{name}:{line}: " in err
    assert [path.name for path in folder.iterdir()] == [name]


def test_the_rest_is_taken_over_where_that_is_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.jsonl").write_text('{"text": "a", "label": "x"}\n{"text": "\\u001b[2J"}\n')
    assert main(["import", "a.jsonl", "--skip"]) == DONE
    told = capsys.readouterr().out
    assert "left out, line 2: no column says what is expected" in told
    assert "\x1b" not in told
    assert len(load_examples(folder / "golden" / "a.jsonl")) == 1


ASSERTED = [
    ("{type: [equals], value: x}", "assertion ['equals'] (taken over are"),
    ("{type: {a: b}, value: x}", "assertion {'a': 'b'} (taken over are"),
    ("{type: equals}", "assertion equals has no value"),
    ("{type: equals, value: {}}", "assertion equals has no value"),
    ("{type: equals, value: {k: ['{{a}}']}}", "is made elsewhere: '{{a}}'"),
    ("{type: contains-all, value: [x, 'file://y']}", "is made elsewhere: 'file://y'"),
    ("{type: contains, value: '{% if a %}x{% endif %}'}", "is made elsewhere"),
    ("{type: contains, value: ' '}", "holds of every answer"),
    ("{type: icontains-all, value: [x, '']}", "holds of every answer"),
    ("{type: regex, value: ''}", "holds of every answer"),
    ("{type: regex, value: '(?<n>x)'}", "'(?<n>x)' is no pattern"),
    ("{type: regex, value: 'x)|(?:y'}, {type: contains, value: z}", "is no pattern"),
    ("{type: regex, value: '(?i)x'}, {type: contains, value: z}", "references or flags"),
]  # fmt: skip


@pytest.mark.parametrize(("assertions", "said"), ASSERTED)
def test_assertions_that_no_example_can_hold(
    folder: Path, capsys: pytest.CaptureFixture[str], assertions: str, said: str
) -> None:
    (folder / "p.yaml").write_text(foo(f"{{vars: {{a: 1}}, assert: [{assertions}]}}"))
    assert main(["import", "p.yaml"]) == FAILED
    err = capsys.readouterr().err
    assert said in err
    assert "p.yaml:3: 1 of 1 examples cannot be taken over" in err
    assert [path.name for path in folder.iterdir()] == ["p.yaml"]


@pytest.mark.parametrize("key", ["provider: x", "disableDefaultAsserts: true"])
def test_what_makes_another_test_of_it_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    (folder / "p.yaml").write_text(foo(f"{{vars: {{a: 1}}, {key}, {SAME}}}"))
    assert main(["import", "p.yaml"]) == FAILED
    assert f"line 3: a test has {key.split(':')[0]}" in capsys.readouterr().err
    (folder / "p.yaml").write_text(foo(f"{{vars: {{a: 1}}, {SAME}}}", f"defaultTest: {{{key}}}\n"))
    assert main(["import", "p.yaml"]) == FAILED
    assert f"line 2: defaultTest has {key.split(':')[0]}" in capsys.readouterr().err


def test_scenarios_are_not_lost_in_silence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = "scenarios: [{config: [], tests: []}]\ndefaultTest: null\n"
    (folder / "p.yaml").write_text(foo(f"{{vars: {{a: 1}}, {SAME}}}", before))
    assert main(["import", "p.yaml"]) == FAILED
    assert "line 2: scenarios make tests of their own" in capsys.readouterr().err
    assert main(["import", "p.yaml", "--skip"]) == DONE
    assert judged(folder, "p.promptevo.yaml", ["x"]) == [1.0]


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("{% if a %}x{% endif %} {{a}}", "that computes something"),
        ("{{ a | upper }} {{a}}", "that computes something"),
        ("{{a}} {{env.KEY}}", "that computes something"),
        ("{{a}} {# note #}", "that computes something"),
        ("- role: user\n  content: '{{a}}'", "of messages that are not written as JSON"),
        ("https://example.org/{{a}}", "that is no text with inputs"),
    ],
)
def test_prompts_of_another_language_stay_behind(
    folder: Path, capsys: pytest.CaptureFixture[str], prompt: str, said: str
) -> None:
    test = {"vars": {"a": "x"}, "assert": [{"type": "equals", "value": "y"}]}
    (folder / "p.json").write_text(json.dumps({"prompts": [prompt], "tests": [test]}))
    assert main(["import", "p.json"]) == DONE
    assert f"not taken over, line 1: a prompt {said}" in capsys.readouterr().out
    assert load_suite(folder / "p.promptevo.yaml", folder).prompt.template.user == "a: {{a}}"


def test_an_address_in_a_prompt_is_a_text(folder: Path) -> None:
    test = {"vars": {"a": "x"}, "assert": [{"type": "equals", "value": "y"}]}
    (folder / "p.json").write_text(json.dumps({"prompts": "See http://b {{a}}", "tests": [test]}))
    assert main(["import", "p.json"]) == DONE
    assert load_suite(folder / "p.promptevo.yaml", folder).prompt.template.user.startswith("See")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", '{"inputs": {"q": "x"}, "outputs": {"a": 1, "b": "c"}, "split": null}\n'),
        ("a.jsonl", '{"text": "x", "label": {"a": 1, "b": "c"}}\n'),
        ("a.yaml", foo("{vars: {a: 1}, assert: [{type: equals, value: {a: 1, b: c}}]}")),
    ],
)
def test_right_answers_of_objects_pass(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    assert main(["import", name]) == DONE
    suite = load_suite(folder / "a.promptevo.yaml", folder)
    output = suite.prompt.parse({}, '{"b": "c", "a": 1}')
    assert suite.scorers.score(output, suite.examples[0]).quality == 1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"text": "a", "label": "x"}, {"text": "b", "label": {"k": 1}}], "an object or a list"),
        ([{"text": "a", "label": "x"}, {"text": "A", "label": "y"}], "with the same inputs (line"),
        ([{"text": "b", "label": "x"}, {"text": "a", "label": {}}], "no column says what is"),
        ([{"inputs": {"q": 1}, "outputs": {"a": 1}}, {"inputs": {"q": 2}, "outputs": {"a": None}}],
         "nothing is expected"),
        ([{"text": "a", "label": "x"}, {"text": "b", "label": "x", "id": "fitness"}], "'fitness'"),
    ],
)  # fmt: skip
def test_records_that_no_suite_could_judge(
    folder: Path, capsys: pytest.CaptureFixture[str], rows: list[dict], said: str
) -> None:
    (folder / "a.jsonl").write_text(lines(rows))
    assert main(["import", "a.jsonl"]) == FAILED
    err = capsys.readouterr().err
    assert said in err
    assert "a.jsonl:2: " in err
    assert [path.name for path in folder.iterdir()] == ["a.jsonl"]


def test_all_records_are_judged_by_one_column(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"question": "2 + 2?", "answer": "4", "label": 0},
        {"question": "3 * 3?", "answer": None, "label": 1},
    ]
    (folder / "mixed.jsonl").write_text(lines(rows))
    assert main(["import", "mixed.jsonl"]) == FAILED
    said = "line 2: column answer, by which the others are judged, is empty; label is not"
    assert said in capsys.readouterr().err
    assert main(["import", "mixed.jsonl", "--skip"]) == DONE
    (example,) = load_examples(folder / "golden" / "mixed.jsonl")
    assert (example.inputs, example.expected) == ({"question": "2 + 2?", "label": 0}, "4")


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"inputs": {"q": "a"}, "outputs": {"x": "b"}}, "attachments"),
        ({"input": "a", "expected_output": "b"}, "retrieval_context"),
    ],
)
def test_what_records_hold_beside_is_told_once(
    folder: Path, capsys: pytest.CaptureFixture[str], row: dict[str, Any], name: str
) -> None:
    rows = [row, *({**row, "id": str(at), name: ["c"]} for at in range(3))]
    rows = [{**each, "inputs": {"q": str(at)}} if "inputs" in each else {**each, "input": str(at)}
            for at, each in enumerate(rows)]  # fmt: skip
    (folder / "own.jsonl").write_text(lines(rows))
    assert main(["import", "own.jsonl"]) == DONE
    told = [line for line in capsys.readouterr().out.splitlines() if name in line]
    assert told == [f"not taken over, line 2: {name}: a golden example has nothing like it"]


@pytest.mark.parametrize("model", ["openai:\udcff", "openai:a\nb", "openai:\u202ex"])
def test_a_model_that_no_suite_can_name(
    folder: Path, capsys: pytest.CaptureFixture[str], model: str
) -> None:
    (folder / "a.jsonl").write_text(lines(HUGGING_FACE))
    assert main(["import", "a.jsonl", "--model", model]) == WRONG
    assert "a model's name has visible characters alone" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["a.jsonl"]


SEVERAL = """prompts: ['{{a}}']
defaultTest: {options: {}, assert: [{type: icontains, value: 'No. 7'}]}
tests:
  - {vars: {a: 1}, options: {}, assert: [{type: regex, value: '^[A-Z].*x$'}]}
  - {vars: {a: 2}, assert: [{type: contains-all, value: [a.b, c]}]}
  - {vars: {a: 3}}
"""


def judged(folder: Path, name: str, outputs: list[str]) -> list[float]:
    """Returns what each example of a suite gives for the output of its place."""
    suite = load_suite(folder / name, folder)
    return [
        suite.scorers.score(Output(output), example).quality
        for example, output in zip(suite.examples, outputs, strict=True)
    ]


def test_tests_of_several_kinds_become_patterns(folder: Path) -> None:
    (folder / "p.yaml").write_text(SEVERAL)
    assert main(["import", "p.yaml"]) == DONE
    right = ["A no. 7 x", "no. 7, a.b,\nc", "NO. 7"]
    assert judged(folder, "p.promptevo.yaml", right) == [1.0, 1.0, 1.0]
    for wrong in (["a no. 7 x", "no. 7, a-b, c", "no- 7"], ["A x", "no. 7, A.b, c", ""]):
        assert judged(folder, "p.promptevo.yaml", wrong) == [0.0, 0.0, 0.0]


def test_an_equal_text_beside_patterns_is_one(folder: Path) -> None:
    other = "  - {vars: {a: 2}, assert: [{type: regex, value: y}]}\n"
    (folder / "p.yaml").write_text(foo(f"{{vars: {{a: 1}}, {SAME}}}") + other)
    assert main(["import", "p.yaml"]) == DONE
    assert judged(folder, "p.promptevo.yaml", [" x\n", "any"]) == [1.0, 1.0]
    assert judged(folder, "p.promptevo.yaml", ["xx", "x"]) == [0.0, 0.0]


def test_what_no_pattern_can_judge_is_named_and_the_rest_is_taken_over(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = """  - {vars: {a: 2}, assert: [{type: equals, value: {k: v}}]}
  - {vars: {a: 3}, assert: [{type: equals, value: {k: v}}, {type: contains, value: x}]}
  - vars: {a: 4}
    assert:
      - {type: contains, value: x}
      - {type: regex, value: '(a)\\1'}
  - vars: {a: 5}
    assert:
      - {type: contains, value: x}
      - {type: javascript, value: x}
"""
    (folder / "p.yaml").write_text(foo(f"{{vars: {{a: 1}}, {SAME}}}") + others)
    assert main(["import", "p.yaml"]) == FAILED
    assert "4 of 5 examples cannot be taken over" in capsys.readouterr().err
    assert main(["import", "p.yaml", "--skip"]) == DONE
    told = capsys.readouterr().out
    for said in (
        "line 4: a test expects an object, and others expect texts",
        "line 5: a test has 2 assertions, one of which expects an object",
        "line 6: a pattern with named groups, references or flags stands beside others",
        "line 13: assertion 'javascript' (taken over are ",
    ):
        assert f"left out, {said}" in told
    assert judged(folder, "p.promptevo.yaml", ["x", "an x"]) == [1.0, 1.0]


COST = "{type: cost, threshold: 1}"


def test_what_is_left_out_of_a_test_leaves_the_rest_of_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = f"  - {{vars: {{a: 2}}, assert: [{{type: equals, value: y}}, {COST}]}}\n"
    alone = f"  - {{vars: {{a: 3}}, assert: [{COST}]}}\n"
    (folder / "p.yaml").write_text(foo(f"{{vars: {{a: 1}}, {SAME}}}") + both + alone)
    assert main(["import", "p.yaml"]) == FAILED
    said = capsys.readouterr().err
    assert "p.yaml:4: 2 of 3 examples cannot be taken over as they are: line 4: assert" in said
    assert said.endswith("hint: --skip leaves that out\n")
    assert main(["import", "p.yaml", "--skip"]) == DONE
    told = capsys.readouterr().out.splitlines()
    known = "(taken over are equals, contains, icontains, contains-all, icontains-all, regex)"
    assert told[-2:] == [
        f"left out, line 4: assertion 'cost' {known}; the rest of its test stays",
        f"left out, line 5: assertion 'cost' {known}; its test expects nothing else",
    ]
    assert judged(folder, "p.promptevo.yaml", ["x", "y"]) == [1.0, 1.0]


def test_what_is_wrong_with_all_tests_is_told_once_and_leaves_none(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    default = "defaultTest: {options: {transform: output.trim()}}\n"
    other = f"  - {{vars: {{a: 2}}, {SAME}}}\n"
    (folder / "p.yaml").write_text(foo(f"{{vars: {{a: 1}}, {SAME}}}", default) + other)
    for arguments in ([], ["--skip"]):
        assert main(["import", "p.yaml", *arguments]) == FAILED
        assert capsys.readouterr().err == (
            "promptevo: error: p.yaml:2: 2 of 2 examples cannot be taken over as they are: "
            "line 2: defaultTest has options: transform\n"
        )


def test_prompts_and_models_that_a_suite_has_no_place_for_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = "prompts:\n  - '{{a}}!'\n  - '{{a}}?'\n  - file://other.txt\n"
    providers = "providers: [openai:gpt-4o-mini]\n"
    tests = f"tests:\n  - {{vars: {{a: 1}}, {SAME}}}\n"
    (folder / "p.yaml").write_text(prompts + providers + tests)
    assert main(["import", "p.yaml"]) == DONE
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "not taken over, line 3: another prompt: '{{a}}?'",
        "not taken over, line 4: a prompt that is no text with inputs: 'file://other.txt'",
        "not taken over, line 5: providers: the suite has one model (--model)",
    ]
    others = "prompts: ['{{b}}']\n"
    (folder / "q.yaml").write_text(others + tests)
    assert main(["import", "q.yaml"]) == DONE
    told = capsys.readouterr().out.splitlines()[-1]
    assert told == (
        "not taken over, line 1: a prompt with inputs that not all examples have: '{{b}}'"
    )


def test_files_that_are_there_stay(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.jsonl").write_text(lines(HUGGING_FACE))
    assert main(["import", "a.jsonl"]) == DONE
    before = (folder / "a.promptevo.yaml").read_text()
    assert main(["import", "a.jsonl"]) == WRONG
    said = capsys.readouterr().err
    assert "nothing was written, for these files are there" in said
    assert said.endswith("give another name: promptevo import a.jsonl NAME\n")
    assert (folder / "a.promptevo.yaml").read_text() == before
    assert main(["import", "a.jsonl", "../b"]) == WRONG
    assert main(["import", "a.jsonl", "b", "--model", "gpt"]) == WRONG
    assert main(["import", "none.jsonl"]) == FAILED


def test_hostile_texts_stay_texts(folder: Path) -> None:
    hostile = {"text": "}}\n- x: {{persona}} \u202e\x1b[2J ::error::", "label": "'\": #"}
    (folder / "a.jsonl").write_text(lines([hostile]))
    assert main(["import", "a.jsonl", "--model", "openai:g'\"p"]) == DONE
    suite = load_suite(folder / "a.promptevo.yaml", folder)
    assert suite.examples[0].inputs == {"text": hostile["text"]}
    assert suite.examples[0].expected == hostile["label"]
    assert suite.prompt.models == {"primary": "openai:g'\"p"}


def test_what_yaml_cannot_hold_is_escaped_in_a_prompt(folder: Path) -> None:
    letters = "".join(map(chr, (*range(0x20), 0x7F, 0x80, 0x85, 0x9F, 0xA0, 0xAD, 0x2028, 0x2029)))
    prompt = f"{{{{a}}}} {letters}\ufeff\ufffe\uffff\U0001f600\U0001ffff"
    test = {"vars": {"a": "x"}, "assert": [{"type": "equals", "value": "y"}]}
    (folder / "p.json").write_text(json.dumps({"prompts": [prompt], "tests": [test]}))
    assert main(["import", "p.json"]) == DONE
    assert load_suite(folder / "p.promptevo.yaml", folder).prompt.template.user == prompt


def test_a_prompt_that_names_no_input_is_not_taken(folder: Path) -> None:
    test = {"vars": {"a": "x"}, "assert": [{"type": "equals", "value": "y"}]}
    document = {"prompts": ["{{ a | upper }}", "{{a}}!"], "tests": [test]}
    (folder / "p.json").write_text(json.dumps(document))
    assert main(["import", "p.json"]) == DONE
    assert load_suite(folder / "p.promptevo.yaml", folder).prompt.template.user == "{{a}}!"


def imported_prompt(folder: Path, prompt: Any) -> Any:
    """Returns the template of the suite that is made of a configuration with one prompt."""
    test = {"vars": {"a": "x", "b": "y"}, "assert": [{"type": "equals", "value": "y"}]}
    (folder / "p.json").write_text(json.dumps({"prompts": [prompt], "tests": [test]}))
    for made in ("p.promptevo.yaml", "golden/p.jsonl"):
        (folder / made).unlink(missing_ok=True)
    assert main(["import", "p.json"]) == DONE
    return load_suite(folder / "p.promptevo.yaml", folder).prompt.template


@pytest.mark.parametrize(
    "prompt",
    ["{{a | upper}} of {{b}}", "{% if a %}{{b}}{% endif %}", "{{b}} {# todo #}", "{{b}} {{env.X}}"],
)
def test_a_prompt_that_computes_is_told_and_not_sent_to_a_model_as_it_stands(
    folder: Path, capsys: pytest.CaptureFixture[str], prompt: str
) -> None:
    assert imported_prompt(folder, prompt).user == "a: {{a}}\nb: {{b}}"
    told = capsys.readouterr().out.splitlines()[-1]
    assert told.startswith("not taken over, line 1: a prompt that computes something, and a suite")


def test_prompts_are_taken_over_as_promptfoo_means_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    system, user = {"role": "system", "content": 'Be "{{b}}"'}, {"role": "user", "content": "{{a}}"}
    known = {
        json.dumps([system, user]): ("{{a}}", 'Be "{{b}}"'),
        json.dumps([user]): ("{{a}}", ""),
        "See https://example.org for {{a}}": ("See https://example.org for {{a}}", ""),
        '["{{a}}"]': ('["{{a}}"]', ""),
    }
    for at, (prompt, (asked, said)) in enumerate(known.items()):
        made = imported_prompt(folder, {"id": "one", "raw": prompt} if at else prompt)
        assert (made.user, made.system) == (asked, said)
        assert "not taken over" not in capsys.readouterr().out
    imported_prompt(folder, json.dumps([user, {"role": "assistant", "content": "x"}, user]))
    assert "a prompt with other turns than system and user" in capsys.readouterr().out


def test_what_stands_beside_the_tests_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    beside = "nunjucksFilters: {x: y}\nevaluateOptions: {repeat: 3}\nenv: {}\n7: [a]\n"
    (folder / "p.yaml").write_text(foo(f"{{vars: {{a: 1}}, {SAME}}}", beside))
    assert main(["import", "p.yaml"]) == DONE
    told = capsys.readouterr().out
    assert "not taken over, line 2: nunjucksFilters: programs are not run" in told
    assert "not taken over, line 3: evaluateOptions: a suite has nothing like it" in told
    assert "not taken over, line 5: 7: a suite has nothing like it" in told
    assert "env" not in told


def test_a_threshold_of_one_assertion_and_the_name_of_a_metric_change_nothing(folder: Path) -> None:
    named = "assert: [{type: equals, value: x, metric: accuracy}]"
    (folder / "p.yaml").write_text(foo(f"{{vars: {{a: 1}}, threshold: 0.5, {named}}}"))
    assert main(["import", "p.yaml"]) == DONE
    assert judged(folder, "p.promptevo.yaml", ["x"]) == [1.0]


def test_half_a_surrogate_pair_in_a_prompt_is_refused_with_its_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = {"vars": {"a": "x"}, "assert": [{"type": "equals", "value": "y"}]}
    (folder / "p.json").write_text(json.dumps({"prompts": ["\ud800 {{a}}"], "tests": [test]}))
    assert main(["import", "p.json"]) == FAILED
    assert "p.json:1: holds a value that JSON text cannot" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["p.json"]


@pytest.mark.parametrize("name", ["a b", "}}{{x", "", "1", "é", "a\n", "a-b"])
def test_names_that_no_prompt_can_hold(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (folder / "a.jsonl").write_text(lines([{name: "x", "label": "y"}]))
    assert main(["import", "a.jsonl"]) == FAILED
    said = capsys.readouterr().err
    assert "a.jsonl:1: no input of all examples has a name that a prompt can hold" in said
    assert [path.name for path in folder.iterdir()] == ["a.jsonl"]
    (folder / "a.jsonl").write_text(lines([{name: "x", "text": "z", "label": "y"}]))
    assert main(["import", "a.jsonl"]) == DONE
    assert load_suite(folder / "a.promptevo.yaml", folder).prompt.template.user == "text: {{text}}"


@pytest.mark.parametrize("name", ["temperature", "max_tokens", "shots", "model", "layout", "cot"])
def test_inputs_that_are_called_as_genes(folder: Path, name: str) -> None:
    (folder / "a.jsonl").write_text(lines([{name: "x", "text": "z", "label": "y"}]))
    assert main(["import", "a.jsonl"]) == DONE
    assert load_suite(folder / "a.promptevo.yaml", folder).prompt.template


def test_a_reason_stays_on_its_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"text": "z", "label": "y"}, {"te\nxt::error::": {}, "label": "y"}]
    (folder / "a.jsonl").write_text(lines(rows))
    assert main(["import", "a.jsonl"]) == FAILED
    assert capsys.readouterr().err.count("\n") == 2
    assert main(["import", "a.jsonl", "--skip"]) == DONE
    assert capsys.readouterr().out.count("\n") == 3


def test_files_that_cannot_all_be_written_are_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.jsonl").write_text(lines(HUGGING_FACE))
    write = starting.atomic_write

    def full(path: Path, text: str) -> None:
        if path.suffix == ".yaml":
            raise OSError(28, "No space left on device")
        write(path, text)

    with monkeypatch.context() as patched:
        patched.setattr(starting, "atomic_write", full)
        assert main(["import", "a.jsonl"]) == FAILED
        assert "No space left on device" in capsys.readouterr().err
        assert [path.name for path in folder.iterdir()] == ["a.jsonl"]
        (folder / "golden").mkdir()
        (folder / "golden" / "own").touch()
        assert main(["import", "a.jsonl"]) == FAILED
        assert [path.name for path in (folder / "golden").iterdir()] == ["own"]
    assert main(["import", "a.jsonl"]) == DONE


@pytest.mark.parametrize("value", ["{city: Paris, stars: 4}", "[1, 2]"])
def test_objects_are_judged_as_json(folder: Path, value: str) -> None:
    text = f"{{vars: {{a: 1}}, assert: [{{type: equals, value: {value}}}]}}"
    (folder / "p.yaml").write_text(foo(text))
    assert main(["import", "p.yaml"]) == DONE
    suite = load_suite(folder / "p.promptevo.yaml", folder)
    (example,) = suite.examples
    right = suite.prompt.parse({}, json.dumps(example.expected))
    assert suite.scorers.score(right, example).quality == 1
    wrong = suite.prompt.parse({}, '{"other": 1}')
    assert suite.scorers.score(wrong, example).quality < 1


def test_metadata_of_all_tests_are_tags_of_each(folder: Path) -> None:
    before = "defaultTest: {metadata: {team: support, kind: a}}\n"
    (folder / "p.yaml").write_text(
        foo(f"{{vars: {{a: 1}}, metadata: {{kind: b}}, {SAME}}}", before)
    )
    assert main(["import", "p.yaml"]) == DONE
    (example,) = load_examples(folder / "golden" / "p.jsonl")
    assert example.tags == ("support", "b")


def test_a_suite_that_would_not_load_is_not_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "g.jsonl").write_text(lines(HUGGING_FACE))
    assert main(["import", "g.jsonl", "--model", "gguf:/etc/hostname"]) == WRONG
    said = capsys.readouterr().err
    assert "nothing was written, for the suite would not load: g.promptevo.yaml:2: " in said
    assert [path.name for path in folder.iterdir()] == ["g.jsonl"]
