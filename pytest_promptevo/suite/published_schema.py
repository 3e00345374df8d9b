"""JSON Schema of the suite file, for editors and other tools.

It is made of the pydantic models that read the file, and of what genes and scorers there are.
What it refuses is refused when a suite is loaded. The reverse does not hold: other files,
functions and what goes together only loading can check. `suite.schema.json` beside this module is
the same as a file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytest_promptevo.providers import KINDS
from pytest_promptevo.suite.file_schema import MOST_MODELS, MOST_SCORERS, MOST_TAGS, SuiteSpec
from pytest_promptevo.suite.schema_parts.gate import objectives, rollout
from pytest_promptevo.suite.schema_parts.genes import genome, search
from pytest_promptevo.suite.schema_parts.scorers import scorer
from pytest_promptevo.suite.schema_parts.shapes import TEXT, described, examples, whole

SCHEMA_FILE = Path(__file__).with_name("suite.schema.json")
"""The schema as it is shipped."""


def suite_schema() -> dict[str, Any]:
    """Returns the JSON Schema (draft 7, which all editors read) of the suite file."""
    made: dict[str, Any] = whole(SuiteSpec.model_json_schema())
    parts = made["properties"]
    parts["golden"] = described(parts["golden"], anyOf=[TEXT, examples()])
    parts["models"] = {
        **parts["models"],
        "minProperties": 1,
        "maxProperties": MOST_MODELS,
        "additionalProperties": {"type": "string", "pattern": f"^({'|'.join(KINDS)}):"},
    }
    parts["objectives"] = objectives(parts["objectives"])
    parts["tags"] = {**parts["tags"], "maxProperties": MOST_TAGS}
    user_turn = {"type": "string", "minLength": 1}
    parts["prompt"] = described(
        parts["prompt"], anyOf=[user_turn, *parts["prompt"]["anyOf"]], default=None
    )
    parts["target"] = described(
        parts["target"], anyOf=[{"type": "string", "pattern": "^[^:]+:[^:]+$"}, {"type": "null"}]
    )
    parts["rollout"] = rollout(parts["rollout"])
    parts["genome"] = genome(parts["genome"])
    parts["search"] = search(parts["search"])
    parts["scorers"] = {
        "description": parts["scorers"]["description"],
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_SCORERS,
        "items": scorer(),
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
