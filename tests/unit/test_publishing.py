"""What is published, and by whom: tags alone, with the least that is needed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "publish.yml"

if not WORKFLOW.exists():
    pytest.skip("a source distribution has no workflows", allow_module_level=True)


def test_only_tags_publish_and_only_the_last_job_may() -> None:
    data = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    assert data[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 reads "on" as true
    assert data["permissions"] == {}
    allowed = {name: job["permissions"] for name, job in data["jobs"].items()}
    assert allowed == {"build": {"contents": "read"}, "try": {}, "publish": {"id-token": "write"}}
    assert data["jobs"]["publish"]["environment"] == "pypi"
    assert not any("run" in step for step in data["jobs"]["publish"]["steps"])


def test_actions_are_named_by_commits() -> None:
    used = re.findall(r"uses: (\S+)", WORKFLOW.read_text("utf-8"))
    assert len(used) == 7
    moving = [each for each in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", each)]
    assert moving == ["pypa/gh-action-pypi-publish@release/v1"]


def test_metadata_have_a_version_that_uploaders_read() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert text.count('core-metadata-version = "2.4"') == 2
