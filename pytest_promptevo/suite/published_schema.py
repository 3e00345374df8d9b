"""JSON Schema of the suite file, for editors and other tools.

It is made of the pydantic models that read the file, and of what genes and scorers there are.
What it refuses is refused when a suite is loaded. The reverse does not hold: other files,
functions and what goes together only loading can check. `suite.schema.json` beside this module is
the same as a file.
"""

from __future__ import annotations

import inspect
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pytest_promptevo.genome.text import CHARS, LONGEST, MOST
from pytest_promptevo.prompt.gene_values import RANGES, REAL
from pytest_promptevo.prompt.layout import VALUES
from pytest_promptevo.providers import KINDS
from pytest_promptevo.rollout.settings import RolloutSettings
from pytest_promptevo.scorers.registry import BUILT_IN, MOST_WEIGHT, OLDER_NAMES
from pytest_promptevo.suite.file_schema import MOST_MODELS, MOST_SCORERS, MOST_TAGS, SuiteSpec
from pytest_promptevo.suite.golden import ExampleRow
from pytest_promptevo.suite.told_arguments import told_arguments

SCHEMA_FILE = Path(__file__).with_name("suite.schema.json")
"""The schema as it is shipped."""

_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_SCALAR = {"type": ["string", "number", "boolean"]}

_GENES = {
    "shots": "Ids of few-shot examples.",
    "cot": "Whether the model thinks step by step first.",
    "model": "A role of models.",
    "temperature": "How freely the model chooses words; 0: always the likeliest.",
    "max_tokens": "Most tokens of an answer.",
    "top_p": "Share of the likeliest words that are chosen from.",
    "top_k": "Number of the likeliest words that are chosen from.",
    "min_p": "Least probability, as a share of the likeliest word's.",
    "repeat_penalty": "Penalty on words that were said.",
    "num_ctx": "Tokens that prompt and answer may have (Ollama).",
    "seed": "Seed of the sampling.",
    "stop": "Texts that end an answer.",
    "think": "Whether a thinking model thinks.",
    "layout": "Where the instruction stands.",
    "form": "What is said of the answer's form.",
}


_ID = r"^(?!.*::)[^\s\x00-\x1f\x7f\[\]]{1,100}$"
"""What the id of an example looks like, for editors: those of other languages know ``\\s``, too."""

_ALL_DIFFER = ("model", "stop", "cot", "think")
"""Genes whose values cannot be the same number in two ways."""

_ROLLOUT = {
    "control": {"minimum": 0, "exclusiveMaximum": 1},
    "margin": {"exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "alpha": {"exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "advance_at": {"exclusiveMinimum": 1},
    "risk": {"exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "min_outcomes": {"minimum": 1},
    "half_life": {"minimum": 1},
}


def suite_schema() -> dict[str, Any]:
    """Returns the JSON Schema (draft 7, which all editors read) of the suite file."""
    made: dict[str, Any] = _whole(SuiteSpec.model_json_schema())
    parts = made["properties"]
    parts["golden"] = _described(parts["golden"], anyOf=[_TEXT, _examples()])
    parts["models"] = {
        **parts["models"],
        "minProperties": 1,
        "maxProperties": MOST_MODELS,
        "additionalProperties": {"type": "string", "pattern": f"^({'|'.join(KINDS)}):"},
    }
    parts["objectives"] = _objectives(parts["objectives"])
    parts["tags"] = {**parts["tags"], "maxProperties": MOST_TAGS}
    user_turn = {"type": "string", "minLength": 1}
    parts["prompt"] = _described(
        parts["prompt"], anyOf=[user_turn, *parts["prompt"]["anyOf"]], default=None
    )
    parts["target"] = _described(
        parts["target"], anyOf=[{"type": "string", "pattern": "^[^:]+:[^:]+$"}, {"type": "null"}]
    )
    parts["rollout"] = _rollout(parts["rollout"])
    parts["genome"] = _genome(parts["genome"])
    parts["search"] = _search(parts["search"])
    parts["scorers"] = {
        "description": parts["scorers"]["description"],
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_SCORERS,
        "items": _scorer(),
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "pytest-promptevo suite",
        "description": "A suite of pytest-promptevo: a prompt, its golden examples, its gate.",
        **{name: value for name, value in made.items() if name != "description"},
        "anyOf": [{"required": ["prompt"]}, {"required": ["target"]}],
    }


def suite_schema_text() -> str:
    """Returns the schema as the text of a file."""
    return json.dumps(suite_schema(), indent=2, ensure_ascii=False) + "\n"


def _described(part: dict[str, Any], **changed: Any) -> dict[str, Any]:
    kept = {"description": part["description"], **changed}
    return {name: value for name, value in kept.items() if value is not None}


def _rollout(part: dict[str, Any]) -> dict[str, Any]:
    """Returns the part with what holds if a key is left out, and with ranges."""
    defaults = asdict(RolloutSettings())
    told = {}
    for name, key in part["properties"].items():
        kinds = [{**kind, **_rollout_range(name, kind)} for kind in key["anyOf"]]
        default = defaults[name]
        plain = list(default) if isinstance(default, tuple) else default
        told[name] = {**key, "anyOf": kinds, "default": plain}
    return {**part, "properties": told}


def _rollout_range(name: str, kind: dict[str, Any]) -> dict[str, Any]:
    """Returns what of a range a schema can say (see `RolloutSettings`)."""
    if kind.get("type") == "array":
        return {"minItems": 1, "items": {"type": "number", "exclusiveMinimum": 0, "maximum": 1}}
    return _ROLLOUT.get(name, {}) if kind.get("type") != "null" else {}


def _objectives(part: dict[str, Any]) -> dict[str, Any]:
    """Returns the part with the sign that a weight has: quality is wanted, the others cost."""
    told = {}
    for name, objective in part["properties"].items():
        sign = {"exclusiveMinimum": 0} if name == "quality" else {"maximum": 0}
        changed = {"weight": sign, **({"min": {"maximum": 1}} if name == "quality" else {})}
        keys = {
            key: {**each, "anyOf": [_bounded(kind, changed.get(key, {})) for kind in each["anyOf"]]}
            for key, each in objective["properties"].items()
        }
        told[name] = {**objective, "properties": keys}
    return {**part, "properties": told}


def _bounded(kind: dict[str, Any], bounds: dict[str, Any]) -> dict[str, Any]:
    """Returns a kind of number within other bounds; null has none."""
    if kind.get("type") == "null" or not bounds:
        return kind
    replaced = {"minimum"} if "exclusiveMinimum" in bounds else set(bounds)
    return {**{name: each for name, each in kind.items() if name not in replaced}, **bounds}


def _examples() -> dict[str, Any]:
    row: dict[str, Any] = _whole(ExampleRow.model_json_schema())
    kinds = row["properties"]["id"]["anyOf"]
    row["properties"]["id"]["anyOf"] = [
        {**kind, "pattern": _ID} if kind.get("type") == "string" else kind for kind in kinds
    ]
    return {"type": "array", "minItems": 1, "items": row}


def _genome(part: dict[str, Any]) -> dict[str, Any]:
    genes = {name: {"description": told, **_value(name)} for name, told in _GENES.items()}
    return _described(part, type="object", properties=genes, additionalProperties=_SCALAR)


def _value(name: str) -> dict[str, Any]:
    """Returns what the values of a gene with a meaning of its own are (see `gene_values`)."""
    if name in RANGES:
        low, high = RANGES[name]
        return {"type": "number" if name in REAL else "integer", "minimum": low, "maximum": high}
    many = {"type": "array", "items": _TEXT}
    kinds: dict[str, dict[str, Any]] = {
        "shots": many,
        "model": _TEXT,
        "stop": {"anyOf": [_TEXT, many]},
        "seed": {"type": "integer"},
        # A target may have genes of these names with any meaning.
        **{gene: {"anyOf": [{"enum": list(known)}, _SCALAR]} for gene, known in VALUES.items()},
    }
    return kinds.get(name, _FLAG)


def _search(part: dict[str, Any]) -> dict[str, Any]:
    span = {
        "type": "object",
        "properties": {
            "low": {"type": "number", "description": "Smallest value."},
            "high": {"type": "number", "description": "Largest value."},
            "step": {
                "type": ["number", "null"],
                "exclusiveMinimum": 0,
                "description": "Distance, or factor with log.",
            },
            "log": {**_FLAG, "description": "Whether values are spread on a log scale."},
            "type": {
                "enum": ["int", "float", None],
                "description": "Whether values are whole; told by the numbers if left out.",
            },
        },
        "required": ["low", "high"],
        "additionalProperties": False,
    }
    count = {"type": "integer", "minimum": 0}
    shots = {
        "type": "object",
        "description": _GENES["shots"],
        "properties": {
            "few_shot": {
                "description": "File of examples to choose from, or a list.",
                "anyOf": [_TEXT, _examples()],
            },
            "max": {**count, "description": "Most examples at once.", "default": 4},
            "min": {**count, "description": "Least examples at once.", "default": 0},
        },
        "required": ["few_shot"],
        "additionalProperties": False,
    }
    genes: dict[str, Any] = {"shots": shots}
    for name in [name for name in _GENES if name != "shots"]:
        many = {"type": "array", "minItems": 1, "items": _value(name)}
        many |= {"uniqueItems": True} if name in _ALL_DIFFER else {}
        is_number = name in RANGES or name == "seed"
        kinds = {"anyOf": [many, span]} if is_number else many
        genes[name] = {"description": _GENES[name], **kinds}
    texts = {"type": "array", "minItems": 1, "items": _SCALAR}
    kinds = {"anyOf": [texts, span, _growing()]}
    return _described(part, type="object", properties=genes, additionalProperties=kinds)


def _growing() -> dict[str, Any]:
    grow = {
        "type": ["object", "null"],
        "description": "How texts grow; {} edits them without a model.",
        "properties": {
            "by": {**_TEXT, "description": "Role of the model that proposes texts."},
            "max": {
                "type": "integer",
                "minimum": 1,
                "default": MOST,
                "description": "Most texts that are added.",
            },
            "chars": {
                "type": "integer",
                "minimum": 1,
                "maximum": LONGEST,
                "default": CHARS,
                "description": "Most letters of one.",
            },
        },
        "additionalProperties": False,
    }
    listed = {"type": "array", "items": _TEXT, "uniqueItems": True}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {"texts": {**listed, "description": "Texts to begin with."}, "grow": grow},
        "additionalProperties": False,
    }


def _scorer() -> dict[str, Any]:
    """Returns what an entry of ``scorers:`` is; names and options of the user's are free."""
    names = sorted(set(BUILT_IN) - set(OLDER_NAMES.values()))
    named = {name: _options(name) for name in names}
    return {
        "anyOf": [
            {"enum": names},
            _TEXT,
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "properties": named,
                "additionalProperties": _options(),
            },
        ]
    }


def _options(name: str = "") -> dict[str, Any]:
    """Returns what options a scorer takes: those of a built-in one are told, and not checked.

    A scorer of the user's may stand in its place.
    """
    parameters = inspect.signature(BUILT_IN[name]).parameters if name else {}
    meanings = told_arguments(BUILT_IN[name]) if name else {}
    told: dict[str, Any] = {
        option: ({"description": meanings[option]} if option in meanings else {})
        | ({} if each.default is each.empty else {"default": each.default})
        for option, each in parameters.items()
    }
    weight = {
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": MOST_WEIGHT,
        "default": 1.0,
        "description": "Its weight in the mean.",
    }
    made = {"type": ["object", "null"], "properties": {**told, "weight": weight}}
    summary = (inspect.getdoc(BUILT_IN[name]) or "").split("\n")[0] if name else ""
    return {"description": summary, **made} if summary else made


def _whole(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns a schema of pydantic without references and titles: the same in all its versions."""
    made: dict[str, Any] = _inlined(schema, schema.get("$defs", {}))
    return made


def _inlined(part: Any, models: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inlined(each, models) for each in part]
    if not isinstance(part, dict):
        return part
    part = dict(part)
    if len(part.get("allOf", ())) == 1:
        part = {**part.pop("allOf")[0], **part}
    if reference := part.pop("$ref", ""):
        model = models[reference.rpartition("/")[2]]
        part = {**{name: each for name, each in model.items() if name != "description"}, **part}
    made = {}
    for name, value in part.items():
        if name == "properties":
            made[name] = {each: _inlined(inner, models) for each, inner in value.items()}
        elif name not in ("title", "$defs") and not (
            name == "default" and (value is None or isinstance(value, (dict, list)))
        ):
            made[name] = value if name == "default" else _inlined(value, models)
    return {name: made[name] for name in sorted(made, key=_order)}


_FIRST = ("description", "type", "enum", "anyOf", "pattern")


def _order(name: str) -> tuple[int, str]:
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)
