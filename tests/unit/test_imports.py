"""The rules of ARCHITECTURE.md over the import graph."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pytest_promptevo

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(pytest_promptevo.__file__).parent
FLOORS = [
    {"__init__", "errors", "canonical", "strict_yaml", "reading", "schema", "kinds", "importing"},
    {"golden", "genes", "genome", "request", "prompt", "intervals", "fitness"},
    {"json_schema", "output", "hookspecs", "providers"},
    {"scorers", "extensions", "suite", "recording", "lock"},
    {"gate", "call_counter", "conversation", "evaluate", "measure", "runtime"},
    {"evolve", "evidence", "campaign", "reports"},
    {"plugin"},
]
FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names}
FILES = sorted(PACKAGE.rglob("*.py"))


def part_of(file: Path) -> str:
    """Returns the module or folder of the package that a file belongs to."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


class _Imports(ast.NodeVisitor):
    """Collects what is imported while the program runs, not for types alone."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) == "TYPE_CHECKING":
            for each in node.orelse:
                self.visit(each)
        else:
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.names |= {alias.name for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        assert node.level == 0
        module = node.module or ""
        self.names |= {f"{module}.{alias.name}" for alias in node.names}


def imports(file: Path) -> set[str]:
    visitor = _Imports()
    visitor.visit(ast.parse(file.read_text("utf-8")))
    return visitor.names


def own_imports(file: Path) -> Iterator[str]:
    for name in imports(file):
        first, _, rest = name.partition(".")
        if first == PACKAGE.name:
            part = rest.partition(".")[0]
            yield part if part in FLOOR else "__init__"


def test_every_part_has_a_floor() -> None:
    assert {part_of(file) for file in FILES} == set(FLOOR)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_module_imports_a_higher_floor(file: Path) -> None:
    own = FLOOR[part_of(file)]
    assert {part for part in own_imports(file) if FLOOR[part] > own} == set()


def test_no_part_imports_itself_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for file in FILES:
        part = part_of(file)
        graph.setdefault(part, set()).update(set(own_imports(file)) - {part})
    assert len(list(TopologicalSorter(graph).static_order())) == len(FLOOR)


def test_the_plugin_alone_imports_pytest() -> None:
    guests = {"pytest", "_pytest", "xdist"}
    importers = {
        part_of(file) for file in FILES if guests & {each.split(".")[0] for each in imports(file)}
    }
    assert importers == {"plugin"}


def test_the_runtime_does_not_import_the_search() -> None:
    files = [file for file in FILES if part_of(file) == "runtime"]
    parts = {part for file in files for part in own_imports(file)}
    assert parts.isdisjoint({"evolve", "campaign", "plugin", "reports"})


def test_nothing_is_unpickled_or_evaluated() -> None:
    unsafe = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jinja2"}
    for file in FILES:
        assert not unsafe & {name.split(".")[0] for name in imports(file)}, file
        calls = {
            node.func.id
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not calls & {"eval", "exec"}, file


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("pytest_promptevo", {"pydantic", "yaml", "numpy", "httpx", "pluggy"}),
        ("pytest_promptevo.runtime", {"numpy", "httpx", "ollama", "pytest_promptevo.evolve"}),
        ("pytest_promptevo.suite", {"numpy", "httpx", "ollama", "fastjsonschema"}),
        ("pytest_promptevo.evaluate", {"numpy", "httpx", "ollama"}),
    ],
)
def test_importing_needs_no_pytest_and_nothing_heavy(module: str, absent: set[str]) -> None:
    code = (
        "import sys\n"
        "sys.modules['pytest'] = sys.modules['_pytest'] = None\n"
        f"import {module}\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert not absent & set(done.stdout.split())
