"""Valid projects with a few values changed inside, past every checksum, so that most load."""

from __future__ import annotations

import copy
import json
import math
import os
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

import httpx
import yaml
from hypothesis import strategies as st

from pytest_promptevo.base.canonical import digest
from pytest_promptevo.errors import PromptEvoError
from pytest_promptevo.genome import Genome
from pytest_promptevo.lock import held_out_of
from pytest_promptevo.project import Project, Settings
from pytest_promptevo.project.commit import recordings_text
from pytest_promptevo.project.lock_check import check_suite
from pytest_promptevo.providers.http.answers import read_json, understood
from pytest_promptevo.providers.http.faults import Fault
from pytest_promptevo.providers.ollama.answers import check_answer
from pytest_promptevo.providers.openai import answers as openai_answers
from pytest_promptevo.recording import committed_digest
from pytest_promptevo.runtime import load
from pytest_promptevo.runtime.arms import read_arms

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORDINGS = "promptevo_recordings/orders.jsonl"
OF_CANDIDATE = "promptevo_recordings/orders+candidate-1.jsonl"

OTHER = {"instruction": "Reply."}
"""What a candidate changes."""

HELD_OUT = 2
"""Number of examples that it is judged by."""

FUNCTIONS = """\
def echo(request):
    return request.messages[-1].content[-2:]


def same(output, example):
    return output.text == example.expected
"""

SUITE: dict[str, Any] = {
    "suite": "orders",
    "golden": "golden.jsonl",
    "models": {"primary": "scripted:fuzzed:echo", "second": "scripted:fuzzed:same"},
    "prompt": {"system": "{{persona}}", "user": "{{instruction}} {{message}}"},
    "genome": {
        "instruction": "Extract.", "persona": "", "shots": ["s-77"], "cot": False,
        "model": "primary", "temperature": 0.5, "max_tokens": 32,
    },
    "search": {
        "instruction": ["Extract.", "Reply."],
        "shots": {"few_shot": "shots.jsonl", "max": 2},
        "temperature": {"low": 0.0, "high": 1.0, "step": 0.1},
        "max_tokens": {"low": 8, "high": 256, "log": True},
    },
    "output": {"format": "text", "max_repairs": 1},
    "scorers": ["exact_match", "python:fuzzed:same"],
    "objectives": {"quality": {"min": 0.1}, "tokens": {"weight": -0.0005}},
    "threshold": 0.1,
    "pass_mark": 1.0,
    "repeats": 2,
}  # fmt: skip
JSON_SUITE = SUITE | {
    "output": {
        "format": "json",
        "max_repairs": 0,
        "schema": {
            "type": "object",
            "properties": {
                "n": {"type": "integer", "minimum": 0, "multipleOf": 1},
                "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 9},
            },
            "required": ["n"],
        },
    },
    "scorers": ["fields"],
    "scorer_check": False,
}
GOLDEN = [
    {"id": f"o-{number}", "inputs": {"message": f"order {number}"}, "expected": str(number)}
    for number in (11, 22, 33)
]
JSON_GOLDEN = [row | {"expected": {"n": 7, "name": "ann"}} for row in GOLDEN]
SHOTS = [
    {"id": f"s-{number}", "inputs": {"message": f"parcel {number}"}, "expected": str(number)}
    for number in (77, 88)
]
OPENAI = {
    "choices": [{"message": {"role": "assistant", "content": "11"}, "finish_reason": "stop"}],
    "usage": {
        "prompt_tokens": 5,
        "completion_tokens": 2,
        "prompt_tokens_details": {"cached_tokens": 1},
    },
}
OLLAMA = {
    "message": {"role": "assistant", "content": "11"}, "done": True, "done_reason": "stop",
    "prompt_eval_count": 5, "eval_count": 2, "prompt_eval_duration": 7, "total_duration": 9,
}  # fmt: skip
MODELS = {"object": "list", "data": [{"id": "gpt", "meta": {"n_params": 7, "size": 8}}]}
VARIABLES = {
    "OLLAMA_HOST": "http://127.0.0.1:1", "OLLAMA_NUM_PARALLEL": "2", "OPENAI_API_KEY": "key",
    "OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "HTTP_PROXY": "", "ALL_PROXY": "",
    "NO_PROXY": "*", "SSL_CERT_FILE": "",
}  # fmt: skip

_DEEP: Any = "deep"
for _ in range(200):
    _DEEP = [_DEEP]

VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 2, 7, 10**9, 10**30, 10**400, -(10**400), 0.5, -0.5, 1e308, 1e-320,
    math.inf, -math.inf, math.nan, "", " ", "x", "7", "1e999", "9" * 5000, "x" * 20_000, "\x1b[2J",
    "\u202e", "\n::error::x", "a\x00b", "\ud800", "../../etc/passwd", "/dev/zero", "/etc/passwd",
    "gguf:/dev/zero", "python:json:dumps", "scripted:fuzzed:missing", "scripted::", "regex",
    "numeric", "contains", "label", "fields", "{{message}}", "{{", "o-1", "s-77", "primary",
    "(a+)+$", "^(a|aa)+$", "(", [], {}, [[]], [None], ["x"], {"": ""}, {"x": {"y": [1]}}, _DEEP,
    {"$ref": "http://127.0.0.1:1/x"}, {"$ref": "#"}, {"$ref": "#/properties/n"},
    {"pattern": "(a+)+$"}, {"multipleOf": 0}, {"regex": "(a+)+$"}, {"low": 1, "high": 0},
    {"low": 0, "high": 10**400},
    {"min": math.nan}, {"weight": 10**400}, {"few_shot": "/dev/zero", "max": 2},
]  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One change to a document.

    Attributes:
        kind: ``set``, ``drop``, ``rename``, ``repeat`` or ``move``.
        place: Which of the document's nodes, modulo their number.
        other: Another node, for ``move``.
        value: What is set, or the new key.
    """

    kind: str
    place: int
    other: int
    value: Any


changes = st.lists(
    st.builds(
        Change,
        st.sampled_from(["set", "set", "set", "drop", "rename", "repeat", "move"]),
        st.integers(0, 9_999),
        st.integers(0, 9_999),
        st.one_of(st.sampled_from(VALUES), st.text(max_size=12), st.integers(), st.floats()),
    ),
    min_size=1,
    max_size=3,
)


def changed(document: Any, todo: list[Change]) -> Any:
    """Returns a copy of a document with the changes made."""
    document = copy.deepcopy(document)
    for change in todo:
        nodes = list(_nodes(document))
        if not nodes:
            return document
        holder, key = nodes[change.place % len(nodes)]
        if change.kind == "drop":
            del holder[key]
        elif change.kind == "rename" and isinstance(holder, dict):
            holder[str(change.value)[:100]] = holder.pop(key)
        elif change.kind == "repeat" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        elif change.kind == "move":
            source, name = nodes[change.other % len(nodes)]
            holder[key] = copy.deepcopy(source[name])
        else:
            holder[key] = copy.deepcopy(change.value)
    return document


def _nodes(document: Any) -> Iterator[tuple[Any, Any]]:
    pairs: Any = ()
    if isinstance(document, dict):
        pairs = list(document.items())
    elif isinstance(document, list):
        pairs = list(enumerate(document))
    for key, value in pairs:
        yield document, key
        yield from _nodes(value)


class Workshop:
    """A folder with a project that was locked, to be written anew with changes.

    Args:
        folder: Where it stands; emptied of nothing, so an empty one.
        is_json: Whether its outputs are JSON with a schema.
    """

    def __init__(self, folder: Path, *, is_json: bool = False) -> None:
        self.folder = folder
        suite, golden = (JSON_SUITE, JSON_GOLDEN) if is_json else (SUITE, GOLDEN)
        self.valid: dict[str, Any] = {"suite": suite, "golden": golden, "shots": SHOTS}
        (folder / "fuzzed.py").write_text(FUNCTIONS)
        (folder / "promptevo_recordings").mkdir()
        self._write_files(self.valid)
        with Project.open(folder, Settings(update_lock=True)) as project:
            for run in project.collect():
                project.accept(run)
                answers = [
                    run.evaluator.repeated(Genome(run.entry.genome | OTHER), example)
                    for example in run.suite.examples[:HELD_OUT]
                ]
                candidate = _lines_of(recordings_text(run.suite, answers))
                (entry,) = _read_lock(folder)["suites"].values()
                self.valid["lock"] = {"version": 2, "suites": {"orders": _proposing(entry, run)}}
        recorded = (folder / RECORDINGS).read_text()
        self.valid |= {"recordings": _lines_of(recorded), "candidate": candidate}
        self.store = folder / ".promptevo" / "answers.sqlite"
        self.stored = self.store.read_bytes()

    def write(self, part: str, todo: list[Change]) -> None:
        """Writes all files, one of them changed, with checksums and digests that fit."""
        self._write_files({**self.valid, part: changed(self.valid[part], todo)})

    def write_store(self, todo: list[Change]) -> None:
        """Writes valid files and a store with one row changed."""
        self._write_files(self.valid)
        for name in (RECORDINGS, OF_CANDIDATE, "promptevo.lock"):
            (self.folder / name).unlink()
        self.store.write_bytes(self.stored)
        with closing(sqlite3.connect(self.store)) as connection, connection:
            columns = [row[1] for row in connection.execute("PRAGMA table_info(answers)")]
            (row,) = connection.execute("SELECT * FROM answers LIMIT 1").fetchall()
            new = changed(dict(zip(columns, row, strict=True)), todo)
            for name, value in new.items():
                if name in columns and _is_storable(value):
                    key = row[columns.index("key")]
                    connection.execute(
                        f"UPDATE OR IGNORE answers SET {name} = ? WHERE key = ?", (value, key)
                    )

    def _write_files(self, parts: dict[str, Any]) -> None:
        self._write("orders.promptevo.yaml", yaml.safe_dump(parts["suite"], sort_keys=False))
        for name in ("golden", "shots"):
            self._write(f"{name}.jsonl", _lines(parts[name]))
        if "lock" not in parts:
            return
        texts = [_lines(parts[name]) for name in ("recordings", "candidate")]
        for name, text in zip((RECORDINGS, OF_CANDIDATE), texts, strict=True):
            self._write(name, text)
        self._write("promptevo.lock", _lock_text(parts["lock"], *map(committed_digest, texts)))

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8", "surrogatepass")

    def contents(self) -> dict[str, bytes]:
        """Returns every file with its bytes, but for the store's folder and caches."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and not {".promptevo", "__pycache__"} & set(path.parts)
        }


def _is_storable(value: Any) -> bool:
    if isinstance(value, bool | int):
        return abs(value) < 2**63
    if isinstance(value, str):
        return not any("\ud800" <= letter <= "\udfff" for letter in value)
    return value is None or isinstance(value, float)


def _lines(rows: Any) -> str:
    rows = rows if isinstance(rows, list) else [rows]
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def _lines_of(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def _read_lock(folder: Path) -> Any:
    return yaml.safe_load((folder / "promptevo.lock").read_text())


def _proposing(entry: dict[str, Any], run: Any) -> dict[str, Any]:
    """Returns an entry as a search that proposes one candidate leaves it."""
    held_out = held_out_of(run.suite, [each.id for each in run.suite.examples[:HELD_OUT]])
    figures, none = entry["figures"]["after"], {"mean": 0.0, "low": 0.0, "high": 0.0}
    candidate = {
        "genome": entry["genome"] | OTHER,
        "shots": entry["shots"],
        "repeats": run.suite.repeats,
        "held_out": {"locked": figures, "candidate": figures},
        "confirmed": {
            "n": HELD_OUT, "difference": none, "margin": 0.05,
            "p_better": 1.0, "p_not_worse": 0.01, "verdict": "not worse",
        },
        "recordings": "",
    }  # fmt: skip
    proposal = {
        "strategy": "racing",
        "seed": 0,
        "calls": 99,
        "held_out": held_out.model_dump(exclude_defaults=True),
    }
    reward = {"low": 0.0, "high": 1.0}
    parts = {"candidates": [candidate], "proposal": proposal, "reward": reward}
    # Through JSON, so that no two places share a value: YAML would write an alias.
    return {**entry, **json.loads(json.dumps(parts))}


def _lock_text(document: Any, recordings: str, of_candidate: str) -> str:
    suites = document.get("suites") if isinstance(document, dict) else None
    for entry in suites.values() if isinstance(suites, dict) else ():
        if isinstance(entry, dict):
            if "recordings" in entry:
                entry["recordings"] = recordings
            candidates = entry.get("candidates")
            for candidate in candidates if isinstance(candidates, list) else ():
                if isinstance(candidate, dict) and "recordings" in candidate:
                    candidate["recordings"] = of_candidate
            body = {key: value for key, value in entry.items() if key != "checksum"}
            try:
                entry["checksum"] = digest(body)
            except ValueError:  # what canonical JSON does not know needs no checksum that fits
                entry["checksum"] = "sha256:0"
    return f"{yaml.safe_dump(document, sort_keys=False, allow_unicode=False)}# end of lock\n"


def use(folder: Path, record: str) -> PromptEvoError | None:
    """Loads, judges and checks a project, and asks its locked prompt; returns what was refused."""
    try:
        with Project.open(folder, Settings(record=record, locked="stale")) as project:  # type: ignore[arg-type]
            for run in project.collect():
                for each in (run, *run.candidates):
                    project.judge(each)
                check_suite(run, needs_entry=False)
            project.check_lock(folder / "promptevo.lock")
        if record == "none":
            load(folder / "promptevo.lock", "orders", root=folder).request(message="order 44")
            read_arms(folder / "promptevo.lock", "orders", {}, None, folder)
    except PromptEvoError as exc:
        str(exc)
        return exc
    except TypeError as exc:  # inputs other than the locked prompt's, as of a call in Python
        if "input" not in str(exc):
            raise
    return None


def read_answer(kind: str, todo: list[Change]) -> Exception | None:
    """Reads a server's answer with changes; returns what was refused."""
    valid = {"openai": OPENAI, "models": MODELS, "ollama": OLLAMA}[kind]
    text = json.dumps(changed(valid, todo)).encode("utf-8", "surrogatepass")
    try:
        if kind == "ollama":
            request = httpx.Request("POST", "http://host/api/chat")
            check_answer(httpx.Response(200, content=text, request=request))
            return None
        answer = read_json(text)
        if kind == "models":
            for model in openai_answers.models_of(answer).values():
                model.told()
        else:
            _ = understood(openai_answers.Chat, answer).cached_tokens
    except (PromptEvoError, Fault) as exc:
        return exc
    return None


@contextmanager
def environment(todo: list[Change]) -> Iterator[None]:
    """Sets variables that engines read, with changes."""
    told = {
        name: str(value)[:2000].replace("\x00", "")
        for name, value in changed(VARIABLES, todo).items()
        if name in VARIABLES and not _has_surrogates(str(value))
    }
    with mock.patch.dict(os.environ, told):
        yield


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)
