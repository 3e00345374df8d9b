"""``output:`` of a suite file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text_files import must_be_text, parse_json, read_text
from pytest_promptevo.errors import SuiteError
from pytest_promptevo.prompt import OutputSpec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_promptevo.base.yaml_reader import Path_
    from pytest_promptevo.suite.file_schema import OutputPart
    from pytest_promptevo.suite.files import Read
    from pytest_promptevo.suite.problems import Problems


def read_output(
    part: OutputPart,
    problems: Problems,
    resolve: Callable[[str, Path_], Path],
    read: Read = read_text,
) -> OutputSpec:
    """Returns what a valid output is, as ``output:`` says.

    Args:
        part: What it says.
        problems: Makes the errors.
        resolve: Makes a path of a name in the file.
        read: Reads such a file.

    Raises:
        SuiteError: naming file and line.
    """
    where: Path_ = ("output",)
    if part.format == "label" and not part.labels:
        raise problems.at(where, "format label needs labels: [...]")
    if len({label.casefold() for label in part.labels}) != len(part.labels):
        raise problems.at((*where, "labels"), "two labels differ in case at most")
    if part.labels and part.format != "label":
        raise problems.at((*where, "labels"), "labels belong to format: label")
    if part.json_schema is not None and part.format != "json":
        raise problems.at((*where, "schema"), "schema belongs to format: json")
    if part.constrain and part.json_schema is None:
        raise problems.at((*where, "constrain"), "constrain needs a schema")
    made = OutputSpec(
        format=part.format,
        labels=part.labels,
        schema=_schema(part.json_schema, resolve, read),
        max_repairs=part.max_repairs,
        constrain=part.constrain,
    )
    try:
        _ = made.check
    except ValueError as exc:
        raise problems.at((*where, "schema"), f"not a usable JSON Schema: {exc}") from None
    return made


def _schema(
    given: str | dict[str, Any] | None, resolve: Callable[[str, Path_], Path], read: Read
) -> dict[str, Any] | None:
    if not isinstance(given, str):
        return given
    path = resolve(given, ("output", "schema"))
    schema = parse_json(read(path, SuiteError), path, 1, SuiteError)
    if not isinstance(schema, dict):
        raise SuiteError("a JSON Schema must be an object", path=path, line=1)
    must_be_text(schema, path, 1, SuiteError)
    return schema
