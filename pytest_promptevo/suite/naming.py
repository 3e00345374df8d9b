"""What a suite is called: as its file says, or after its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base import yaml_reader
from pytest_promptevo.base.text_files import read_text
from pytest_promptevo.errors import SuiteError

if TYPE_CHECKING:
    from pathlib import Path

ENDINGS = (".promptevo.yaml", ".promptevo.yml")


def stem(path: Path) -> str:
    """Returns the name of a suite whose file gives none."""
    name = path.name
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    return name


def suite_name(path: Path) -> str:
    """Returns the name of the suite in a file, without checking the rest of it.

    Raises:
        SuiteError: if the file is no YAML mapping.
    """
    data = yaml_reader.load(read_text(path, SuiteError), path, SuiteError).data
    if not isinstance(data, dict):
        raise SuiteError("a suite file must be a mapping", path=path, line=1)
    return str(data.get("suite") or stem(path))
