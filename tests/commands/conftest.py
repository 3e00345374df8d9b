from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def as_on_a_developers_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `CI` is set runs replay, and what `init` and `import` write asks a model."""
    for name in ("CI", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
