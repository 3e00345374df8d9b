from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import LockError, SettingsError
from pytest_promptevo.lock import LockedModel, LockedShot, Lockfile, write_lock
from pytest_promptevo.lock.parts import LockedPrompt
from pytest_promptevo.prompt import Completion, Message, OutputSpec, Request
from pytest_promptevo.providers.scripted import Scripted
from pytest_promptevo.runtime import InvalidAnswer, load
from pytest_promptevo.runtime import LockedPrompt as Loaded
from pytest_promptevo.runtime.load import Loader, read_entry
from unit.support import make_candidate, make_entry, with_candidates

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.lock import Candidate, Entry


def locked(folder: Path, models: dict[str, str] | None = None, **changes: Any) -> Loaded:
    values: dict[str, Any] = {
        "genome": {"how": "Read: {{m}}", "shots": ["s1"], "model": "primary", "temperature": 0.5},
        "prompt": LockedPrompt(user="{{how}}", system="Be exact."),
        "shots": [LockedShot(id="s1", inputs={"m": "in"}, expected="out")],
        "models": {"primary": LockedModel(reference="scripted:app_model:answer", digest="d")},
    }
    lock = Lockfile(folder / "promptevo.lock")
    write_lock(lock.with_entry("orders", make_entry(**{**values, **changes})))
    return load(lock.path, "orders", models=models)


def saying(*answers: str) -> tuple[Any, list[Request]]:
    asked: list[Request] = []

    def ask(request: Request) -> Completion:
        asked.append(request)
        return Completion(answers[len(asked) - 1], 1, 1, 1.0)

    return ask, asked


def test_a_request_is_rendered_as_in_the_tests(tmp_path: Path) -> None:
    request = locked(tmp_path).request(m="text {{m}}")
    assert request.messages == (
        Message("system", "Be exact."),
        Message("user", "Read: in"),
        Message("assistant", "out"),
        Message("user", "Read: text {{m}}"),
    )
    assert (request.model, request.params) == ("scripted:app_model:answer", {"temperature": 0.5})


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({}, "orders needs the input 'm'"),
        ({"m": "x", "n": 1}, r"orders takes no input 'n' \(did you mean 'm'\?|known: m\)"),
        (
            {"massage": "x", "self": 1},
            r"orders needs the input 'm' and takes no input 'massage', 'self' \(",
        ),
    ],
)
def test_missing_and_unknown_inputs_are_named(
    tmp_path: Path, inputs: dict[str, Any], told: str
) -> None:
    prompt = locked(tmp_path)
    for call in (prompt.request, prompt.answer):
        with pytest.raises(TypeError, match=told):
            call(**inputs)


def test_inputs_are_those_of_the_texts_and_of_the_genes_in_them(tmp_path: Path) -> None:
    texts = LockedPrompt(user="{{how}} {{b}} {not}", system="{{a}}")
    genome = {"how": "Read {{c}}", "unused": "{{d}}", "model": "primary"}
    prompt = locked(tmp_path, prompt=texts, genome=genome)
    assert prompt.inputs.needed == {"a", "b", "c"}


def test_an_answer_is_parsed(tmp_path: Path) -> None:
    ask, asked = saying("42")
    assert locked(tmp_path).answer(ask, m="x").data == "42"
    assert len(asked) == 1


def test_an_invalid_answer_is_repaired(tmp_path: Path) -> None:
    ask, asked = saying("no json", '{"a": 1}')
    prompt = locked(tmp_path, output=OutputSpec(format="json", max_repairs=1))
    answer = prompt.answer(ask, m="x")
    assert answer.data == {"a": 1}
    assert len(asked) == 2
    assert (answer.repairs, answer.tokens, answer.latency_ms) == (1, 4, 2.0)
    assert list(answer.requests) == asked


def test_an_answer_that_stays_invalid_is_an_error(tmp_path: Path) -> None:
    ask, _ = saying("no", "no")
    prompt = locked(tmp_path, output=OutputSpec(format="json", max_repairs=1))
    with pytest.raises(InvalidAnswer, match="no valid answer: the answer is not JSON") as caught:
        prompt.answer(ask, m="x")
    assert caught.value.output.text == "no"


@pytest.mark.parametrize(
    ("genome", "output", "raw", "data"),
    [
        ({"cot": True}, {"format": "text"}, "1 + 1.\nAnswer: 2", "2"),
        ({}, {"format": "label", "labels": ["Bug"]}, "a bug.", "Bug"),
        ({}, {"format": "json", "schema": {"type": "array"}}, "```\n[1]\n```", [1]),
    ],
)
def test_the_locked_output_decides_how_to_parse(
    tmp_path: Path, genome: Any, output: Any, raw: str, data: Any
) -> None:
    whole = {"how": "x", "model": "primary", **genome}
    prompt = locked(tmp_path, genome=whole, output={"max_repairs": 0, **output})
    assert prompt.parse(raw).data == data


def test_a_constrained_output_sends_its_schema(tmp_path: Path) -> None:
    output = {"format": "json", "schema": {"type": "object"}, "max_repairs": 0, "constrain": True}
    assert locked(tmp_path, output=output).request(m="x").schema == {"type": "object"}


def test_a_role_may_be_served_by_another_model(tmp_path: Path) -> None:
    prompt = locked(tmp_path, models={"primary": "scripted:other:answer"})
    assert prompt.request(m="x").model == "scripted:other:answer"


def test_the_model_of_the_lock_is_found_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "app_model.py").write_text("def answer(request):\n    return 'beside'\n")
    prompt = locked(tmp_path)
    assert prompt.answer(m="x").data == "beside"
    prompt.close()
    prompt.close()
    sys.modules.pop("app_model")


def test_a_missing_lock_is_named(tmp_path: Path) -> None:
    with pytest.raises(LockError, match=r"promptevo\.lock: no such lock\n  hint: write it"):
        load(tmp_path / "promptevo.lock", "orders")


def test_an_unknown_suite_is_answered_with_the_nearest(tmp_path: Path) -> None:
    locked(tmp_path)
    with pytest.raises(
        LockError, match="no entry for suite 'order'\n  hint: did you mean 'orders'"
    ):
        load(tmp_path / "promptevo.lock", "order")


def test_an_unknown_role_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no model role 'primry': did you mean 'primary'"):
        locked(tmp_path, models={"primry": "scripted:other:answer"})


def test_a_wrong_reference_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="models: primary: unknown kind of model 'olama'"):
        locked(tmp_path, models={"primary": "olama:x"})


def test_an_answer_may_be_a_text_alone(tmp_path: Path) -> None:
    done = locked(tmp_path).answer(lambda _request: "42", m="x")
    assert (done.data, done.tokens, done.repairs) == ("42", 0, 0)
    assert done.latency_ms > 0


def test_an_answer_that_is_neither_text_nor_completion_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"must return a text or a Completion, not \{'text': 1"):
        locked(tmp_path).answer(lambda _request: {"text": 1}, m="x")  # type: ignore[arg-type,return-value]


def test_leaving_the_context_closes_the_engines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []

    class Engine(Scripted):
        def close(self) -> None:
            closed.append(self.reference)

    monkeypatch.setattr(
        "pytest_promptevo.runtime.engines.connect",
        lambda reference, _options: Engine(lambda _request: "42", reference),
    )
    with locked(tmp_path) as prompt:
        assert prompt.answer(m="x").data == "42"
        assert closed == []
    assert closed == ["scripted:app_model:answer"]


def test_loading_needs_no_pytest(tmp_path: Path) -> None:
    locked(tmp_path)
    code = (
        "import sys\n"
        "sys.modules['pytest'] = sys.modules['_pytest'] = None\n"
        "from pytest_promptevo.runtime import load\n"
        f"print(load({str(tmp_path / 'promptevo.lock')!r}, 'orders').request(m='x').model)\n"
        "heavy = {'pytest_promptevo.evolve', 'pytest_promptevo.plugin', 'numpy', 'httpx'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("scripted:app_model:answer\n", "")


@pytest.mark.parametrize("role", [None, "nobody"])
def test_an_entry_whose_model_is_no_role_is_refused(tmp_path: Path, role: Any) -> None:
    genome = {"how": "x", "shots": []} | ({"model": role} if role else {})
    with pytest.raises(LockError, match=r"genome.model is .*, which is no role"):
        locked(tmp_path, genome=genome)


def test_an_entry_whose_schema_reaches_out_is_refused(tmp_path: Path) -> None:
    output = OutputSpec(format="json", schema={"$ref": "<file:///etc/passwd>"})
    with pytest.raises(LockError, match="must stay in the schema"):
        locked(tmp_path, output=output)


def test_a_candidate_is_loaded_with_its_own_shots(tmp_path: Path) -> None:
    candidate = make_candidate(
        genome={"how": "Look: {{m}}", "shots": ["s2"], "model": "primary", "temperature": 0.0},
        shots=[LockedShot(id="s2", inputs={"m": "two"}, expected="2")],
    )
    path, entry = candidate_lock(tmp_path, candidate)
    loaded = Loader(path, "orders", entry, {}, None, None).prompt(1)
    assert [turn.content for turn in loaded.request(m="x").messages] == [
        "Be exact.", "Look: two", "2", "Look: x",
    ]  # fmt: skip
    assert load(path, "orders").request(m="x").messages[1].content == "Read: in"


@pytest.mark.parametrize(
    ("genome", "told"),
    [
        ({"how": "{{m}}", "model": "other"}, "candidate 1.model is 'other', which is no role"),
        (
            {"how": "{{m}}", "shots": ["s1"], "model": "primary"},
            "candidate 1's few-shot example 's1' is not in it",
        ),
        (
            {"how": "{{m}} {{n}}", "model": "primary"},
            "candidate 1 takes other inputs than the locked genome (m, n; m)",
        ),
    ],
)
def test_a_candidate_that_cannot_be_asked_like_the_genome_is_refused(
    tmp_path: Path, genome: dict[str, Any], told: str
) -> None:
    path, entry = candidate_lock(tmp_path, make_candidate(genome=genome))
    loader = Loader(path, "orders", entry, {}, None, None)
    with pytest.raises(LockError) as caught:
        loader.prompt(1)
    assert told in str(caught.value)
    with pytest.raises(IndexError):
        loader.prompt(2)


def candidate_lock(folder: Path, candidate: Candidate) -> tuple[Path, Entry]:
    locked(
        folder,
        candidates=[candidate],
        **{name: getattr(with_candidates(), name) for name in ("proposal", "reward")},
    )
    return read_entry(folder / "promptevo.lock", "orders")


def test_a_lock_that_is_not_there_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LockError) as caught:
        load("promptevo.lock", "orders")
    assert f"hint: {tmp_path / 'promptevo.lock'} was looked for" in str(caught.value)


@pytest.mark.parametrize("models", ["x", ["ollama:x"], {"primary": None}, {"primary": b"x"}])
def test_models_that_are_no_mapping_are_told(tmp_path: Path, models: Any) -> None:
    with pytest.raises(SettingsError, match=r'such as \{"primary": "ollama:'):
        locked(tmp_path, models=models)


def test_an_embedded_model_that_there_is_not_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="models: primary: unknown embedded model 'smollm-1'"):
        locked(tmp_path, models={"primary": "embedded:smollm-1"})
