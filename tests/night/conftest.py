"""Projects for the tests of nights: made once, and copied."""

from __future__ import annotations

import sys

import pytest

from .scene import Scene


@pytest.fixture(scope="session", autouse=True)
def _own_key(tmp_path_factory):
    """The key that seals the notes of nights is not that of who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True)
def _own_models():
    """Each project has a module of its own under the same name."""
    yield
    sys.modules.pop("nightly_model", None)


@pytest.fixture(scope="session")
def _accepted(tmp_path_factory):
    made = Scene(tmp_path_factory.mktemp("accepted") / "project").make()
    sys.modules.pop("nightly_model", None)
    return made


@pytest.fixture(scope="session")
def _failed(_accepted, tmp_path_factory):
    made = _accepted.copy(tmp_path_factory.mktemp("failed") / "project")
    made.fail(*range(200, 206))
    return made


@pytest.fixture(scope="session")
def _proposed(_failed, tmp_path_factory):
    made = _failed.copy(tmp_path_factory.mktemp("proposed") / "project")
    code, made_text = made.night()
    assert code == 0, made_text
    sys.modules.pop("nightly_model", None)
    return made, made_text


@pytest.fixture
def scene(_accepted, tmp_path):
    """A project with an accepted genome."""
    return _accepted.copy(tmp_path / "project")


@pytest.fixture
def failed(_failed, tmp_path):
    """The same with six failures of production."""
    return _failed.copy(tmp_path / "project")


@pytest.fixture
def proposed(_proposed, tmp_path):
    """The same after its first night, which is number 7; nothing of that is committed."""
    made, _ = _proposed
    return made.copy(tmp_path / "proposed")


@pytest.fixture
def said(_proposed):
    """What the first night said."""
    return _proposed[1]
