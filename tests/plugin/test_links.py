"""Links and names that lead out of the project."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("name", ["promptevo_recordings", ".promptevo"])
def test_nothing_is_written_through_a_link_out_of_the_project(project, tmp_path_factory, name):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    project.suite(count=3)
    (project.root / name).symlink_to(elsewhere, target_is_directory=True)
    result = project.run("--promptevo-update-lock")
    assert result.ret != 0
    told = str(result.stdout) + str(result.stderr)
    assert "it is a link out of its folder" in told
    assert "Traceback" not in told
    assert "INTERNALERROR" not in told
    assert list(elsewhere.iterdir()) == []


def test_a_store_that_is_a_link_out_of_the_project_is_not_written(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "answers.sqlite"
    project.suite(count=3)
    (project.root / ".promptevo").mkdir()
    (project.root / ".promptevo" / "answers.sqlite").symlink_to(elsewhere)
    result = project.run()
    assert "it is a link out of its folder" in str(result.stdout)
    assert not elsewhere.exists()


@pytest.mark.parametrize("path", ["../own.gguf", "/dev/zero"])
def test_a_suites_model_file_is_one_of_the_project(project, path):
    project.suite(count=3, models={"primary": f"gguf:{path}"})
    result = project.run()
    result.stdout.fnmatch_lines([f"*order.promptevo.yaml:*{path}*leaves the project's folder*"])


@pytest.mark.parametrize(
    "changes",
    [
        {"models": {"primary": "scripted:os:system"}},
        {"scorers": ["python:os.path:exists"]},
        {"target": "subprocess:run", "prompt": None},
    ],
)
def test_functions_of_python_itself_are_none_of_the_project(project, changes):
    project.suite(count=3, **changes)
    result = project.run()
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*belongs to Python, not to the project*"])


def test_a_module_of_the_project_may_be_called_like_one_of_python(project):
    project.write("this.py", "def answer(request):\n    return '1000'\n")
    project.suite(count=1, models={"primary": "scripted:this:answer"})
    project.run().assert_outcomes(passed=2)
