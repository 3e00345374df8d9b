"""The rules of ARCHITECTURE.md over the import graph, imports for types alone included."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import pytest_promptevo

PACKAGE = Path(pytest_promptevo.__file__).parent
FLOORS = (
    {"__init__", "errors"},
    {"base"},
    {"prompt", "genome", "fitness", "rollout"},
    {"providers", "scorers", "state"},
    {"suite", "recording", "telemetry"},
    {"lock", "evaluation"},
    {"evolve"},
    {"improve"},
    {"project", "runtime"},
    {"reports", "night", "review"},
    {"page"},
    {"plugin", "commands"},
)
"""A part imports lower floors and itself; those that share a floor do not know each other."""

FLOOR = {part: floor for floor, parts in enumerate(FLOORS) for part in parts}
FILES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
"""Module to file."""


def part_of(module: str) -> str:
    """Returns the folder (or the module beside the folders) that a module belongs to."""
    return module.split(".")[1] if "." in module else "__init__"


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(FILES[module].read_text("utf-8"))


def imported(module: str) -> list[tuple[str, str]]:
    """Returns all that a module imports, wherever it does: module and name (or nothing)."""
    found: list[tuple[str, str]] = []
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                is_module = inner in FILES
                found.append((inner, "") if is_module else (node.module or "", alias.name))
    return found


def own_imports(module: str) -> set[str]:
    return {name for name, _ in imported(module) if name in FILES} - {module}


def test_the_top_level_holds_folders_and_the_errors() -> None:
    names = {path.name for path in PACKAGE.iterdir() if path.is_file()}
    assert names == {"__init__.py", "errors.py", "py.typed"}


def test_every_part_has_a_floor() -> None:
    assert {part_of(module) for module in FILES} == set(FLOOR)


@pytest.mark.parametrize("module", FILES)
def test_no_module_imports_a_higher_floor(module: str) -> None:
    own = part_of(module)
    parts = {part_of(name) for name in own_imports(module)} - {own}
    assert {part for part in parts if FLOOR[part] >= FLOOR[own]} == set()


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {module: own_imports(module) for module in FILES}
    assert len(list(TopologicalSorter(graph).static_order())) == len(FILES)


@pytest.mark.parametrize("module", FILES)
def test_names_are_fetched_where_they_are_defined(module: str) -> None:
    """Only the ``__init__`` of a folder passes names on."""
    for name, what in imported(module):
        if what and name in FILES and FILES[name].name != "__init__.py":
            assert what not in {other for _, other in imported(name)}, f"{what} from {name}"


def test_the_plugin_alone_imports_pytest() -> None:
    guests = {"pytest", "_pytest", "xdist"}
    importers = {
        part_of(module)
        for module in FILES
        if guests & {name.split(".")[0] for name, _ in imported(module)}
    }
    assert importers == {"plugin"}


def test_nothing_is_unpickled_or_evaluated() -> None:
    unsafe = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jinja2"}
    for module in FILES:
        used = unsafe & {name.split(".")[0] for name, _ in imported(module)}
        # The page has a template of its own; what others wrote is a value in it.
        assert used <= ({"jinja2"} if module == "pytest_promptevo.page.build" else set()), module
        calls = {
            node.func.id
            for node in ast.walk(tree_of(module))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not calls & {"eval", "exec"}, module


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("pytest_promptevo", {"pydantic", "yaml", "numpy", "httpx", "pluggy"}),
        (
            "pytest_promptevo.runtime",
            {
                "numpy",
                "httpx",
                "ollama",
                "tabulate",
                "sqlite3",
                "psycopg",
                "opentelemetry",
                "sentry_sdk",
                "pytest_promptevo.evolve",
            },
        ),
        ("pytest_promptevo.telemetry", {"opentelemetry", "sentry_sdk", "sqlite3", "pydantic"}),
        ("pytest_promptevo.commands.main", {"pydantic", "yaml", "numpy", "httpx", "sqlite3"}),
        ("pytest_promptevo.rollout", {"numpy", "pydantic", "yaml", "httpx", "sqlite3"}),
        ("pytest_promptevo.suite", {"numpy", "httpx", "ollama", "fastjsonschema"}),
        ("pytest_promptevo.evaluation.evaluator", {"numpy", "httpx", "ollama"}),
        ("pytest_promptevo.project", {"numpy", "httpx", "ollama", "tabulate"}),
        ("pytest_promptevo.evolve.names", {"numpy", "httpx", "ollama"}),
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
