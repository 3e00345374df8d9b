from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

PACKAGES = ["pytest_promptevo.evolve", "pytest_promptevo.project", "pytest_promptevo.prompt"]


@pytest.mark.parametrize("name", PACKAGES)
def test_all_that_is_offered_is_there_and_listed(name: str) -> None:
    package = import_module(name)
    for offered in package.__all__:
        assert getattr(package, offered) is not None
    assert set(package.__all__) <= set(dir(package))


@pytest.mark.parametrize("name", PACKAGES)
def test_what_is_not_offered_is_an_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = import_module(name).nothing


@pytest.mark.parametrize("name", PACKAGES)
def test_no_submodule_hides_a_name(name: str) -> None:
    """Whoever imports a submodule first still gets the function, not the module."""
    code = (
        "import importlib, pkgutil, sys, types\n"
        f"package = importlib.import_module({name!r})\n"
        "for module in pkgutil.iter_modules(package.__path__, package.__name__ + '.'):\n"
        "    importlib.import_module(module.name)\n"
        "for name in package.__all__:\n"
        "    assert not isinstance(getattr(package, name), types.ModuleType), name\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
