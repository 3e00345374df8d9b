"""Genomes and search spaces in the schema."""

from __future__ import annotations

from typing import Any

from pytest_promptevo.genome.text import CHARS, LONGEST, MOST
from pytest_promptevo.prompt.gene_values import RANGES, REAL
from pytest_promptevo.prompt.layout import VALUES
from pytest_promptevo.suite.schema_parts.shapes import FLAG, SCALAR, TEXT, described, examples

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


_ALL_DIFFER = ("model", "stop", "cot", "think")
"""Genes whose values cannot be the same number in two ways."""


def genome(part: dict[str, Any]) -> dict[str, Any]:
    """Returns the part with the genes that have a meaning of their own."""
    genes = {name: {"description": told, **_value(name)} for name, told in _GENES.items()}
    return described(part, type="object", properties=genes, additionalProperties=SCALAR)


def _value(name: str) -> dict[str, Any]:
    """Returns what the values of a gene with a meaning of its own are (see `gene_values`)."""
    if name in RANGES:
        low, high = RANGES[name]
        return {"type": "number" if name in REAL else "integer", "minimum": low, "maximum": high}
    many = {"type": "array", "items": TEXT}
    kinds: dict[str, dict[str, Any]] = {
        "shots": many,
        "model": TEXT,
        "stop": {"anyOf": [TEXT, many]},
        "seed": {"type": "integer"},
        # A target may have genes of these names with any meaning.
        **{gene: {"anyOf": [{"enum": list(known)}, SCALAR]} for gene, known in VALUES.items()},
    }
    return kinds.get(name, FLAG)


def search(part: dict[str, Any]) -> dict[str, Any]:
    """Returns the part with what may stand for each gene: values, a span, texts that grow."""
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
            "log": {**FLAG, "description": "Whether values are spread on a log scale."},
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
                "anyOf": [TEXT, examples()],
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
    texts = {"type": "array", "minItems": 1, "items": SCALAR}
    kinds = {"anyOf": [texts, span, _growing()]}
    return described(part, type="object", properties=genes, additionalProperties=kinds)


def _growing() -> dict[str, Any]:
    grow = {
        "type": ["object", "null"],
        "description": "How texts grow; {} edits them without a model.",
        "properties": {
            "by": {**TEXT, "description": "Role of the model that proposes texts."},
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
    listed = {"type": "array", "items": TEXT, "uniqueItems": True}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {"texts": {**listed, "description": "Texts to begin with."}, "grow": grow},
        "additionalProperties": False,
    }
