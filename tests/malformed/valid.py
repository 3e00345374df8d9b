"""One valid file of each kind, and how each is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from unit.support import load_committed

from pytest_promptevo.base.canonical import text_key
from pytest_promptevo.genome import Genome
from pytest_promptevo.lock import read_lock
from pytest_promptevo.suite import load_suite
from pytest_promptevo.suite.golden import load_examples

if TYPE_CHECKING:
    from pathlib import Path


class Case(NamedTuple):
    """A malformed file, a part of what is said about it, and on which line it is wrong."""

    text: str | bytes
    said: str
    line: int


SUITE = """\
suite: order-number
golden: golden.jsonl
models:
  primary: scripted:answers:echo
prompt:
  system: "{{persona}}"
  user: |
    {{instruction}}
    Message: {{message}}
genome:
  instruction: Extract.
  persona: ""
  shots: []
  cot: false
  model: primary
  temperature: 0.7
  max_tokens: 32
search:
  instruction: [Extract., Reply.]
  persona: ["", Exact.]
  shots: {few_shot: shots.csv, max: 2}
  cot: [false, true]
  model: [primary]
  temperature: {low: 0.0, high: 1.0, step: 0.1}
  max_tokens: {low: 8, high: 256, log: true}
output:
  format: text
  max_repairs: 2
scorers: [exact_match]
objectives:
  quality: {weight: 1.0, min: 0.9}
  latency_ms: {weight: -0.001}
  tokens: {weight: -0.0005}
  repairs: {weight: -0.2}
threshold: 0.8
pass_mark: 1.0
draft: false
"""

JSONL = """\
{"id": "o-1", "inputs": {"message": "order 11"}, "expected": "11"}
{"id": "o-2", "inputs": {"message": "order 22"}, "expected": "22", "tags": ["hard"]}
{"id": "o-3", "inputs": {"message": "order 33"}, "expected": "33"}
"""

CSV = """\
id,message,expected,tags
o-1,order 11,11,
o-2,"order
22",22,hard new
o-3,order 33,33,
"""

YAML = """\
- id: o-1
  inputs: {message: order 11}
  expected: "11"
- id: o-2
  inputs:
    message: order 22
  expected: "22"
  tags: [hard]
"""

SHOTS = "id,message,expected\ns-1,order 77,77\ns-2,order 88,88\n"

LOCK = """\
# Written by pytest --evolve and --promptevo-update-lock. Review it like code;
# do not edit it by hand.
version: 2
suites:
  first:
    genome:
      instruction: Extract.
      shots:
        - s-1
      model: primary
    prompt:
      user: |
        {{instruction}}
        {{message}}
    shots:
      - id: s-1
        inputs:
          message: order 77
        expected: "77"
    output:
      format: text
      max_repairs: 2
    models:
      primary:
        reference: scripted:answers:echo
        digest: sha256:1
    figures:
      after:
        n: 2
        fitness: {mean: 0.9, low: 0.8, high: 1.0}
        quality: {mean: 1.0, low: 1.0, high: 1.0}
        latency_ms: {mean: 9.0, low: 9.0, high: 9.0}
        latency_p50: 9.0
        latency_p95: 9.0
        tokens: {mean: 9.0, low: 9.0, high: 9.0}
        repairs: {mean: 0.0, low: 0.0, high: 0.0}
    quality:
      o-2: 0.5
    search:
      strategy: classic
      seed: 0
      calls: 12
      generations: 4
      stopped: converged
      confirmed: "not confirmed: too few examples"
    recordings: sha256:3
    objectives: {quality: 1.0}
    held_out:
      ids: [o-2]
      inputs: 1f2e3d4c
      searched: 0a1b2c3d 99887766
      before: ONE
      after: ONE
    fingerprints:
      prompt: sha256:2
    checksum: sha256:c8f5ed31451b0fb9
  second:
    genome:
      model: primary
    output:
      format: text
      max_repairs: 2
    models: {}
    figures: {}
    search: accepted as it is
    fingerprints: {}
    checksum: sha256:fa6f1e9b1460a633
# end of lock
"""

_ONE = """\
{n: 1, fitness: {mean: 0.5, low: 0.0, high: 1.0}, quality: {mean: 0.5, low: 0.0, high: 1.0},
        latency_ms: {mean: 9.0, low: 9.0, high: 9.0}, latency_p50: 9.0, latency_p95: 9.0,
        tokens: {mean: 9.0, low: 9.0, high: 9.0}, repairs: {mean: 0.0, low: 0.0, high: 0.0}}"""
LOCK = LOCK.replace("ONE", _ONE)

RECORDING = (
    '{{"example": "{example}", "golden": "sha256:4", "attempt": {attempt}, '
    '"text": "11", "finish": "stop", '
    '"max_tokens": 32, "prompt_tokens": 5, "completion_tokens": 1, "latency_ms": 12.5, '
    '"key": "{key}", "messages": "m{number}", "params": "p1", "model": "sha256:1"}}\n'
)
RECORDINGS = "".join(
    RECORDING.format(
        example=example,
        attempt=attempt,
        number=number,
        key=text_key(f"sha256:1\nm{number}\np1"),
    )
    for number, (example, attempt) in enumerate([("o-1", 0), ("o-1", 1), ("o-2", 0), ("o-3", 0)])
)

FILES = {
    "order.promptevo.yaml": SUITE,
    "golden.jsonl": JSONL,
    "golden.csv": CSV,
    "golden.yaml": YAML,
    "shots.csv": SHOTS,
    "promptevo.lock": LOCK,
    "recordings.jsonl": RECORDINGS,
}


def write_project(folder: Path) -> None:
    """Writes all valid files."""
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")


def read(path: Path) -> Any:
    """Reads a file as the plugin does, and what depends on nothing but it."""
    if path.name == "order.promptevo.yaml":
        suite = load_suite(path, path.parent)
        return suite, suite.fingerprints
    if path.name == "promptevo.lock":
        return [Genome(entry.genome) for entry in read_lock(path).entries.values()]
    if path.name == "recordings.jsonl":
        return load_committed(path)
    return load_examples(path)


def contents(folder: Path) -> dict[str, bytes | None]:
    """Returns every file of a folder with its bytes, and every folder with None."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }
