from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import GoldenError, InputError, SuiteError
from pytest_promptevo.fitness import DEFAULT_WEIGHTS, Limit
from pytest_promptevo.genome import Choice, FewShot, Flag, Float, Int
from pytest_promptevo.suite import Suite, load_suite
from unit.support import make_suite, write_suite

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
suite: order-number
golden: golden/orders.jsonl
models:
  primary: embedded:smollm2-135m-instruct
  coding: ollama:qwen2.5-coder:7b
prompt:
  system: "{{persona}}"
  user: |
    {{instruction}}
    Message: {{message}}
genome:
  instruction: Extract the order number.
  persona: ""
  shots: [s1]
  cot: false
  model: primary
  temperature: 0.7
  max_tokens: 32
search:
  instruction: [Extract the order number., "Reply with the order number, nothing else."]
  persona: ["", You are a precise data extraction tool.]
  shots: {few_shot: golden/shots.csv, max: 6}
  cot: [false, true]
  model: [primary, coding]
  temperature: {low: 0.0, high: 1.0, step: 0.1}
  max_tokens: {low: 8, high: 256, log: true}
output: {format: text}
scorers: [exact_match]
objectives:
  quality: {weight: 1.0, min: 0.9}
  latency_ms: {weight: -0.001, p95_max: 900}
  tokens: {weight: -0.0005}
  repairs: {weight: -0.2, max: 0.1}
threshold: 0.8
"""


@pytest.fixture
def whole(tmp_path: Path) -> Suite:
    (tmp_path / "golden").mkdir()
    (tmp_path / "golden" / "orders.jsonl").write_text(
        '{"id": "o1", "inputs": {"message": "order 7"}, "expected": "7"}\n'
    )
    (tmp_path / "golden" / "shots.csv").write_text("id,message,expected\ns1,a 1,1\ns2,b 2,2\n")
    path = tmp_path / "order_number.promptevo.yaml"
    path.write_text(WHOLE)
    return load_suite(path, tmp_path)


def test_the_sketch_of_a_suite_loads(whole: Suite) -> None:
    assert whole.name == "order-number"
    assert [example.id for example in whole.examples] == ["o1"]
    assert set(whole.prompt.pool) == {"s1", "s2"}
    assert whole.objectives.limits == {
        "quality": Limit(min=0.9),
        "latency_ms": Limit(p95_max=900),
        "repairs": Limit(max=0.1),
    }
    assert (whole.threshold, whole.pass_mark, whole.draft) == (0.8, 1.0, False)


def test_every_kind_of_gene_is_made(whole: Suite) -> None:
    assert whole.space is not None
    assert {name: type(gene) for name, gene in whole.space.items()} == {
        "instruction": Choice,
        "persona": Choice,
        "shots": FewShot,
        "cot": Flag,
        "model": Choice,
        "temperature": Float,
        "max_tokens": Int,
    }
    assert not list(whole.space.problems(whole.shipped))


def test_the_shipped_genome_has_normal_forms(whole: Suite) -> None:
    assert whole.shipped["shots"] == ("s1",)
    assert whole.shipped["temperature"] == 0.7


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, suite=None)
    assert suite.name == "orders"
    assert suite.objectives.weights == DEFAULT_WEIGHTS
    assert suite.space is None
    assert suite.shipped.plain() == {"model": "primary"}
    assert suite.prompt.output.format == "text"


def test_a_prompt_may_be_one_text(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, prompt="Q: {{message}}")
    assert suite.prompt.template is not None
    assert (suite.prompt.template.user, suite.prompt.template.system) == ("Q: {{message}}", "")


def test_a_target_stands_for_a_prompt(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, prompt=None, target="app.answers:answer")
    assert (suite.prompt.template, suite.target) == (None, "app.answers:answer")


def test_examples_may_stand_in_the_suite(tmp_path: Path) -> None:
    path = tmp_path / "s.promptevo.yml"
    path.write_text(
        "golden:\n  - inputs: {m: 007}\n    expected: no\n"
        "  - {id: b, inputs: {m: x}, expected: y}\n"
        'models: {primary: "scripted:a:b"}\nprompt: "{{m}}"\nscorers: [exact_match]\nthreshold: 0\n'
    )
    suite = load_suite(path, tmp_path)
    assert [(each.inputs["m"], each.expected, each.line) for each in suite.examples] == [
        ("007", "no", 2),
        ("x", "y", 4),
    ]
    assert suite.name == "s"


@pytest.mark.parametrize(
    ("written", "shipped", "kind"),
    [
        ([False, True], False, Flag),
        ([True, False], True, Flag),
        ([True], True, Choice),
    ],
)
def test_both_truth_values_make_a_flag(
    tmp_path: Path, written: Any, shipped: Any, kind: type
) -> None:
    suite = make_suite(tmp_path, search={"cot": written}, genome={"cot": shipped})
    assert suite.space is not None
    assert type(suite.space["cot"]) is kind


def test_the_numbers_0_and_1_make_no_flag(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, search={"seed": [0, 1]}, genome={"seed": 0})
    assert suite.space is not None
    assert suite.space["seed"] == Choice([0, 1])


def test_stop_texts_may_vary(tmp_path: Path) -> None:
    stops = [["a"], ["a", "b"]]
    suite = make_suite(tmp_path, search={"stop": stops}, genome={"stop": stops[0]})
    assert suite.space is not None
    assert not list(suite.space.problems(suite.shipped))
    assert suite.shipped["stop"] == ("a",)


@pytest.mark.parametrize(
    ("name", "written", "gene"),
    [
        ("max_tokens", {"low": 8, "high": 64, "log": True}, Int(8, 64, log=True)),
        ("max_tokens", {"low": 8, "high": 64, "step": 1.5, "log": True}, Int(8, 64, 1.5, log=True)),
        ("temperature", {"low": 0, "high": 1}, Float(0, 1)),
        ("temperature", {"low": 0, "high": 1, "type": "int"}, Int(0, 1)),
        ("top_k", {"low": 1, "high": 9, "step": 4}, Int(1, 9, 4)),
        ("top_k", {"low": 1, "high": 9, "type": "float"}, Float(1, 9)),
    ],
)
def test_numbers_are_whole_where_that_makes_sense(
    tmp_path: Path, name: str, written: Any, gene: Any
) -> None:
    suite = make_suite(tmp_path, search={name: written}, genome={name: 8 if "max" in name else 1})
    assert suite.space is not None
    assert suite.space[name] == gene


def test_shots_may_stand_in_the_suite(tmp_path: Path) -> None:
    shots = [{"id": "s1", "inputs": {"message": "x"}, "expected": "y"}]
    suite = make_suite(
        tmp_path, search={"shots": {"few_shot": shots, "max": 1}}, genome={"shots": []}
    )
    assert set(suite.prompt.pool) == {"s1"}


def test_a_schema_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text('{"type": "object"}')
    suite = make_suite(tmp_path, output={"format": "json", "schema": "schema.json"})
    assert suite.prompt.output.json_schema == {"type": "object"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", r"schema\.json:1: a JSON Schema must be an object"),
        ("{\n", r"schema\.json:2: not valid JSON"),
        ('{\n"type": 1, "type": 2}', r"schema\.json:1: not valid JSON: duplicate key 'type'"),
        ('{"title": "\\ud800"}', r"schema\.json:1: holds a value that JSON text cannot"),
    ],
)
def test_a_malformed_schema_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "schema.json").write_text(text)
    with pytest.raises(SuiteError, match=said):
        make_suite(tmp_path, output={"format": "json", "schema": "schema.json"})


def test_scorers_of_plugins_are_known(tmp_path: Path) -> None:
    path = write_suite(tmp_path, scorers=["mine"])
    suite = load_suite(path, tmp_path, {"mine": lambda: lambda _output, _example: 1})
    assert [entry.name for entry in suite.scorers.entries] == ["mine"]


def test_an_example_may_stand_in_both_files(tmp_path: Path) -> None:
    shots = [{"id": "a", "inputs": {"message": "order 11"}, "expected": "11"}]
    suite = make_suite(
        tmp_path, search={"shots": {"few_shot": shots, "max": 1}}, genome={"shots": ["a"]}
    )
    assert set(suite.prompt.pool) & {example.id for example in suite.examples} == {"a"}


@pytest.mark.parametrize("name", ["../outside.jsonl", "/etc/hostname", "link.jsonl"])
def test_no_path_leaves_the_project(tmp_path: Path, name: str) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "outside.jsonl").write_text('{"inputs": {"message": "x"}, "expected": "y"}')
    (root / "link.jsonl").symlink_to(tmp_path / "outside.jsonl")
    with pytest.raises(SuiteError, match="leaves the project's folder"):
        make_suite(root, golden=name)


def test_a_golden_file_may_stand_beside_the_folder_of_the_suite(tmp_path: Path) -> None:
    (tmp_path / "golden.csv").write_text("message,expected\nx,y\n")
    (tmp_path / "suites").mkdir()
    path = write_suite(tmp_path / "suites", golden="../golden.csv")
    assert len(load_suite(path, tmp_path).examples) == 1


@pytest.mark.parametrize("name", ["a\0b.jsonl", "x" * 300 + ".jsonl", "golden.jsonl", "."])
def test_a_path_without_a_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        SuiteError, match=r"orders\.promptevo\.yaml:2: .*(no such file|is no path|is a folder)"
    ):
        make_suite(tmp_path, golden=name)


def test_an_error_in_a_golden_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "golden.jsonl").write_text("\n{}\n")
    with pytest.raises(GoldenError, match=r"golden\.jsonl:2: inputs: is missing"):
        make_suite(tmp_path, golden="golden.jsonl")


@pytest.mark.parametrize("stem", ["", "my suite", "a[b]", "-x", "x" * 90])
def test_a_stem_that_is_no_name_needs_a_name(tmp_path: Path, stem: str) -> None:
    path = write_suite(tmp_path, suite=None)
    moved = path.rename(tmp_path / f"{stem}.promptevo.yaml")
    with pytest.raises(SuiteError, match="cannot be the name of a suite"):
        load_suite(moved, tmp_path)


def test_fingerprints_exist_for_every_part(whole: Suite) -> None:
    assert set(whole.fingerprints) == {
        "prompt", "genome", "search", "shots", "output", "scorers", "objectives", "golden",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"prompt": {"user": "Q: {{message}}"}}, "prompt"),
        ({"genome": {"temperature": 0.5}}, "genome"),
        ({"search": {"cot": [False, True]}, "genome": {"cot": False}}, "search"),
        ({"output": {"max_repairs": 1}}, "output"),
        ({"scorers": ["contains"]}, "scorers"),
        ({"pass_mark": 0.5}, "scorers"),
        ({"threshold": 0.6}, "objectives"),
        ({"objectives": {"tokens": {"weight": -0.1}}}, "objectives"),
        ({"objectives": {"tokens": {"max": 10}}}, "objectives"),
    ],
)
def test_a_fingerprint_follows_its_part(tmp_path: Path, changed: Any, part: str) -> None:
    before, after = make_suite(tmp_path).fingerprints, make_suite(tmp_path, **changed).fingerprints
    assert part in {name for name in before if before[name] != after[name]}


def test_the_fingerprint_of_golden_examples_follows_a_label(tmp_path: Path) -> None:
    rows = [{"id": "a", "inputs": {"message": "x"}, "expected": label} for label in ("1", "2")]
    one, other = (make_suite(tmp_path, golden=[row]).fingerprints for row in rows)
    assert [name for name in one if one[name] != other[name]] == ["golden"]


def test_where_and_how_a_file_is_written_is_not_in_the_fingerprints(tmp_path: Path) -> None:
    before = make_suite(tmp_path)
    text = "# a comment\n\n" + before.path.read_text()
    (tmp_path / "sub").mkdir()
    moved = tmp_path / "sub" / "other.promptevo.yaml"
    moved.write_text(text)
    assert load_suite(moved, tmp_path).fingerprints == before.fingerprints


def test_a_role_may_be_served_by_another_model(tmp_path: Path) -> None:
    suite = make_suite(tmp_path)
    changed = suite.with_models({"primary": "scripted:c:d", "unknown": "scripted:e:f"})
    assert changed.prompt.models == {"primary": "scripted:c:d"}
    assert suite.with_models({"unknown": "x"}) is suite


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            "prompt: {{city}}",
            "a key must be a plain name\n  hint: put a text that starts with {{name}}",
        ),
        (
            "models: embedded:x",
            "models: should be a mapping (found 'embedded:x')\n  hint: name a role: "
            'models: {primary: "embedded:x"}',
        ),
        (
            "scorers: contains",
            "scorers: should be a list (found 'contains')\n  hint: scorers are a list: "
            "scorers: [contains]",
        ),
        (
            "target: app.reply",
            "target: String should match pattern '^[\\w.]+:[\\w.]+$' (found 'app.reply')\n  hint: "
            "module:function, such as target: app:reply",
        ),
        (
            "golden: [{city: Rome, expected: Italy}]",
            "inputs: is missing\n  hint: what fills the prompt "
            'stands under inputs: {"inputs": {"city": ',
        ),
        (
            'models: {primary: "embedded:smollm-135m"}',
            "unknown embedded model 'smollm-135m': did you mean 'smollm2-135m-instruct'?",
        ),
    ],
)
def test_what_is_written_wrong_is_told_with_its_remedy(
    tmp_path: Path, lines: str, told: str
) -> None:
    path = tmp_path / "a.promptevo.yaml"
    parts = {
        "models": 'models: {primary: "scripted:m:a"}',
        "prompt": 'prompt: "{{city}}"',
        "golden": "golden: [{inputs: {city: Paris}, expected: France}]",
        "scorers": "scorers: [contains]",
        "threshold": "threshold: 0",
    }
    parts[lines.partition(":")[0]] = lines
    path.write_text("\n".join(parts.values()))
    line = list(parts).index(lines.partition(":")[0]) + 1
    with pytest.raises(InputError) as caught:
        load_suite(path, tmp_path)
    assert f"a.promptevo.yaml:{line}: {told}" in str(caught.value)


@pytest.mark.parametrize(
    "parts",
    [
        {"models": {f"role{number}": "scripted:answers:echo" for number in range(101)}},
        {"scorers": ["exact_match"] * 101},
    ],
)
def test_more_models_or_scorers_than_anybody_has_are_refused(
    tmp_path: Path, parts: dict[str, Any]
) -> None:
    with pytest.raises(SuiteError, match=rf"{next(iter(parts))}: 101 entries: at most 100"):
        make_suite(tmp_path, **parts)


def test_more_texts_that_end_an_answer_than_engines_take_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="stop must be at most 100 texts"):
        make_suite(tmp_path, genome={"stop": ["."] * 101})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_golden_file_that_is_a_pipe(whole: Suite) -> None:
    golden = whole.path.parent / "golden" / "orders.jsonl"
    golden.unlink()
    os.mkfifo(golden)
    with pytest.raises(SuiteError, match=r"'golden/orders.jsonl' is not a regular file") as caught:
        load_suite(whole.path, whole.root)
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("temperature: 0.7", "temperature: '0.7'", "without quotes: temperature: 0.7"),
        ("max_tokens: 32", "max_tokens: '32'", "without quotes: max_tokens: 32"),
        ("shots: [s1]", "shots: [s9]", "hint: golden/shots.csv has no example 's9': "),
        (
            "{few_shot: golden/shots.csv, max: 6}",
            "{few_shot: [{id: z1, inputs: {message: a}, expected: 1}], max: 6}",
            "hint: the list of search.shots.few_shot has no example 's1': known: z1",
        ),
    ],
)
def test_a_shipped_value_that_is_refused_says_what_to_do(
    whole: Suite, old: str, new: str, said: str
) -> None:
    assert old in WHOLE
    whole.path.write_text(WHOLE.replace(old, new))
    with pytest.raises(SuiteError) as caught:
        load_suite(whole.path, whole.root)
    assert said in str(caught.value)


def test_an_input_that_one_example_lacks_is_told_in_its_own_file(whole: Suite) -> None:
    names = ["message", "message", "msg", "message"]
    rows = [
        json.dumps({"id": f"o{number}", "inputs": {name: f"no {number}"}, "expected": "7"})
        for number, name in enumerate(names)
    ]
    golden = whole.root / "golden" / "orders.jsonl"
    golden.write_text("\n".join(rows))
    with pytest.raises(GoldenError) as caught:
        load_suite(whole.path, whole.root)
    message = str(caught.value)
    assert "orders.jsonl:3: example 'o2' has no input 'message'" in message
    assert message.endswith("(it has: 'msg')\n  hint: 3 of 4 examples have it: write it here, too")
    golden.write_text(rows[0])
    shots = whole.root / "golden" / "shots.csv"
    shots.write_text("id,mesage,expected\ns1,a 1,1\n")
    with pytest.raises(SuiteError, match=r"yaml:10: \{\{message\}\} is neither a gene nor"):
        load_suite(whole.path, whole.root)
