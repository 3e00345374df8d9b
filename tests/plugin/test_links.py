"""Links and names that lead out of the project."""

from __future__ import annotations

import pytest

OWN = """\
suite: own
golden:
- {id: o-1, inputs: {message: my order 1000 is late}, expected: "1000"}
models: {primary: "scripted:fake:answer"}
prompt: {user: "{{message}} nothing else"}
scorers: [exact_match]
threshold: 0.5
"""
EMPTY = "version: 2\nsuites:\n  {}\n# end of lock\n"


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


@pytest.mark.parametrize("name", ["promptevo.lock", "promptevo_recordings/order.jsonl"])
@pytest.mark.parametrize("options", [[], ["--promptevo-update-lock"]])
def test_no_link_to_another_place_is_read_or_replaced(project, tmp_path_factory, name, options):
    project.suite(count=3)
    project.run("--promptevo-update-lock").assert_outcomes(passed=4)
    path = project.root / name
    moved = tmp_path_factory.mktemp("elsewhere") / "moved"
    path.rename(moved)
    before = moved.read_text()
    path.symlink_to(moved)
    result = project.run(*options)
    assert result.ret != 0
    told = str(result.stdout) + str(result.stderr)
    assert f"{name}:1: it is a link out of its folder, which is not followed" in told
    assert path.is_symlink()
    assert moved.read_text() == before


@pytest.mark.parametrize("options", [[], ["--promptevo-update-lock"]])
def test_nothing_is_written_where_a_linked_folder_leads(project, tmp_path_factory, options):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    folder = elsewhere / "deep"
    folder.mkdir()
    (folder / "own.promptevo.yaml").write_text(OWN)
    (folder / "promptevo.lock").write_text(EMPTY)
    before = sorted(elsewhere.rglob("*"))
    project.write("pytest.ini", "[pytest]\n")
    (project.root / "linked").symlink_to(elsewhere, target_is_directory=True)
    result = project.run(*options)
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*linked/deep is (in) a link out of the project's folder*"])
    assert sorted(elsewhere.rglob("*")) == before
    assert (folder / "promptevo.lock").read_text() == EMPTY


def test_a_linked_folder_of_the_project_is_fine(project):
    project.write("pytest.ini", "[pytest]\n")
    project.write("real/own.promptevo.yaml", OWN)
    project.write("real/promptevo.lock", EMPTY)
    (project.root / "linked").symlink_to(project.root / "real", target_is_directory=True)
    project.run("linked", "--promptevo-update-lock").assert_outcomes(passed=2)
    assert (project.root / "real" / "promptevo_recordings").is_dir()


@pytest.mark.parametrize("name", ["commit.lock", f"{'0' * 16}.alive", "x.alive"])
@pytest.mark.parametrize("leads", ["to a file", "nowhere"])
def test_links_among_the_private_files_change_nothing_elsewhere(
    project, tmp_path_factory, name, leads
):
    precious = tmp_path_factory.mktemp("elsewhere") / "precious"
    if leads == "to a file":
        precious.write_text("precious")
    project.suite(count=3)
    (project.root / ".promptevo").mkdir()
    (project.root / ".promptevo" / name).symlink_to(precious)
    result = project.run("--promptevo-update-lock")
    if name == "commit.lock":
        assert "it is a link out of its folder" in str(result.stdout) + str(result.stderr)
    else:
        assert result.ret == 0
    assert precious.exists() == (leads == "to a file")
    assert not precious.exists() or precious.read_text() == "precious"


@pytest.mark.parametrize("name", ["~/own.gguf", "~root/own.gguf", "~nobody-of-that-name/../../x"])
def test_a_home_folder_is_none_of_the_project(project, monkeypatch, tmp_path_factory, name):
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    project.suite(count=3, models={"primary": f"gguf:{name}"})
    result = project.run()
    result.stdout.fnmatch_lines(["*order.promptevo.yaml:*leaves the project's folder*"])


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


@pytest.mark.parametrize(
    ("name", "changes", "options"),
    [
        ("own.jsonl", {"golden": "own.jsonl"}, ()),
        ("schema.json", {"output": {"format": "json", "schema": "schema.json"}}, ()),
        ("m.gguf", {"models": {"primary": "gguf:m.gguf"}}, ()),
        (".promptevo", {}, ("--promptevo-record=missing",)),
        ("promptevo_recordings", {}, ("--promptevo-update-lock",)),
    ],
)
def test_a_link_that_leads_to_itself_is_told(project, name, changes, options):
    project.suite(count=3, **changes)
    (project.root / name).symlink_to(name)
    result = project.run(*options)
    told = str(result.stdout) + str(result.stderr)
    assert result.ret not in (pytest.ExitCode.OK, pytest.ExitCode.INTERNAL_ERROR)
    assert "Traceback" not in told
    assert "RuntimeError" not in told.replace("no path: Symlink loop", "")


def test_a_folder_is_no_models_file(project):
    (project.root / "models").mkdir()
    project.suite(count=3, models={"primary": "gguf:models"})
    result = project.run()
    result.stdout.fnmatch_lines(["order.promptevo.yaml:*'models' is a folder, not a file"])
