"""What a night does to a project, and what it leaves alone."""

from __future__ import annotations

import json
import signal
import sys

import pytest

from pytest_promptevo.genome import Genome
from pytest_promptevo.night.night import Orders, work
from pytest_promptevo.night.reward_model import Keep
from pytest_promptevo.night.undo import Undo
from pytest_promptevo.project import Project, Settings
from pytest_promptevo.runtime import live, load
from pytest_promptevo.state.failures import READY, answer, failures
from pytest_promptevo.state.opening import Place
from pytest_promptevo.suite.golden import load_examples

from .scene import example, message

BUDGET = {"calls": 300.0}


def night(scene, number=7, **orders):
    place = Place.of(None, scene.lock)
    return work(Orders(scene.lock, place, number=number, **{"budget": BUDGET, **orders}))


def judged(scene):
    """Returns what is wrong with the lock, as a run in CI sees it."""
    with Project.open(scene.path, Settings(record="none", locked="stale")) as project:
        run = project.load("orders.promptevo.yaml")
        project.check_suite(run)
        verdicts = [project.judge(each) for each in (run, *run.candidates)]
        return [breach for verdict in verdicts for breach in verdict.breaches]


def test_failures_become_examples_and_genomes_candidates(scene, proposed, said):
    added = [each for each in load_examples(proposed.golden) if "production" in each.tags]
    assert [each.expected for each in added] == [str(1000 + 37 * at) for at in range(200, 203)]
    entry = proposed.entry
    assert entry.genome == scene.entry.genome
    assert 1 <= len(entry.candidates) <= 3
    held_out = set(entry.candidates_held_out.ids)
    assert len(held_out & {each.id for each in added}) in (1, 2)
    assert judged(proposed) == []
    numbers = range(1, len(entry.candidates) + 1)
    assert set(proposed.changed()) == {
        "golden/orders.jsonl",
        "promptevo.lock",
        "promptevo_recordings/orders.jsonl",
        *(f"promptevo_recordings/orders+candidate-{number}.jsonl" for number in numbers),
    }
    assert "3 failures of production become examples" in said
    assert "3 more wait in the queue: 3 a night are taken at most" in said
    assert (proposed.path / ".promptevo/night/report.md").read_text("utf-8") in said


def test_without_failures_candidates_alone_are_proposed(scene):
    golden = scene.golden.read_bytes()
    night(scene)
    assert scene.golden.read_bytes() == golden
    assert scene.entry.candidates
    assert "orders.jsonl" not in [name.rpartition("/")[2] for name in scene.changed()]


def test_a_rollout_at_work_is_left_alone(proposed):
    proposed.commit()
    proposed.serve(1, {})
    proposed.fail(300)
    calls = len(proposed.asked())
    done = night(proposed, 8)
    assert "its candidates are on trial" in done.text
    assert "4 failures of production wait in the queue until the rollout is settled" in done.text
    assert proposed.changed() == []
    assert len(proposed.asked()) == calls


def test_the_winner_of_a_rollout_becomes_the_genome(proposed):
    proposed.commit()
    entry = proposed.entry
    best = Genome(entry.candidates[0].genome)
    proposed.serve(10, {Genome(entry.genome): 0.5, best: 0.95})
    done = night(proposed, 8)
    assert "candidate 1 has won and becomes the genome" in done.text
    after = proposed.entry
    assert Genome(after.genome) == best
    assert after.candidates == []
    assert after.search.startswith("won in production: reward +0.")
    assert after.held_out.searched == entry.candidates_held_out.searched
    assert judged(proposed) == []
    assert not list(proposed.path.glob("promptevo_recordings/*candidate*"))


@pytest.mark.parametrize(("mode", "of"), [("off", "orders"), ("paused", "orders"), ("off", "")])
def test_nothing_is_settled_while_somebody_has_switched_the_suite_off(proposed, mode, of):
    proposed.commit()
    genome = proposed.entry.genome
    proposed.serve(10, {Genome(proposed.entry.candidates[0].genome): 0.95})
    state = Place.of(None, proposed.lock).open(5.0)
    state.prepare()
    state.switch(of, mode, "ann", "it insults customers")
    state.close()
    done = night(proposed, 8)
    assert f"{'it is' if of else 'all suites are'} {mode} since 20" in done.text
    assert "by `ann` (`it insults customers`), so its rollout is not settled" in done.text
    assert "has won" not in done.text
    assert proposed.entry.genome == genome


def test_a_suite_that_is_off_gets_examples_and_no_candidates(failed):
    state = Place.of(None, failed.lock).open(5.0)
    state.prepare()
    state.switch("orders", "off", "ann", "complaints")
    state.close()
    done = night(failed)
    assert "(`complaints`), so nothing is searched" in done.text
    assert "3 failures of production become examples" in done.text
    assert failed.entry.candidates == []
    assert judged(failed) == []


def test_a_suite_that_is_paused_gets_examples_beside_its_candidates(proposed):
    proposed.commit()
    proposed.fail(300, 301)
    state = Place.of(None, proposed.lock).open(5.0)
    state.prepare()
    state.switch("orders", "paused", "ann")
    state.close()
    before, key = proposed.entry, proposed.arms.lineup.key
    done = night(proposed, 8)
    assert "so its rollout is not settled" in done.text
    assert "3 failures of production become examples" in done.text
    after = proposed.entry
    assert (after.genome, len(load_examples(proposed.golden))) == (before.genome, 38)
    assert after.proposal.seed == before.proposal.seed
    told = "what its rollout has shown ends with the merge" in done.text
    assert told == (proposed.arms.lineup.key != key)
    assert judged(proposed) == []


def test_failures_that_cannot_become_examples_do_not_stay_in_front_of_others(scene):
    with live(scene.lock, "orders") as orders:
        for number in range(12):
            orders.report(orders.choose().id, 0.0, expected="1", inputs={"other": f"{number}"})
    scene.fail(200)
    done = night(scene, budget={"calls": 50.0})
    assert "1 failure of production becomes an example" in done.text
    assert done.text.count("is not taken: `it lacks the input 'message'`") == 10
    assert "* and 2 more: `promptevo queue --all` says why" in done.text
    state = Place.of(None, scene.lock).open(5.0)
    state.prepare()
    refused = failures(state)[:12]
    assert {(row.status, row.why) for row in refused} == {
        ("refused", "it lacks the input 'message'")
    }
    assert len(failures(state, status=READY)) == 1
    answer(state, refused[0].id, "2")
    assert failures(state)[0][4:] == (READY, refused[0].at, "")
    state.close()


def test_dropped_candidates_leave_the_lock_and_do_not_come_back(proposed):
    proposed.commit()
    entry = proposed.entry
    losers = {Genome(each.genome) for each in entry.candidates}
    proposed.serve(4, dict.fromkeys(losers, 0.05) | {Genome(entry.genome): 0.8})
    done = night(proposed, 8)
    assert "its candidates are dropped" in done.text
    after = proposed.entry
    assert (after.genome, after.candidates, after.proposal) == (entry.genome, [], None)
    assert judged(proposed) == []
    proposed.commit()
    night(proposed, 9)
    assert not losers & {Genome(each.genome) for each in proposed.entry.candidates}


def test_the_second_search_knows_what_the_first_one_saw(proposed):
    proposed.git("checkout", "-q", ".")
    proposed.git("clean", "-fdq")
    done = night(proposed, 8, keep=Keep(0.5))
    model = next(line for line in done.text.splitlines() if line.startswith("* reward model"))
    assert " known genomes it keeps " in model
    rows = (proposed.path / ".promptevo/night/orders.searches.jsonl").read_text().splitlines()
    assert {json.loads(row)["night"] for row in rows} == {7, 8}


def test_what_has_become_an_example_leaves_the_queue(failed):
    night(failed, budget={"calls": 50.0})
    failed.commit()
    state = Place.of(None, failed.lock).open(5.0)
    state.prepare()
    assert {row.status for row in failures(state)} == {"ready"}
    night(failed, 8, budget={"calls": 50.0})
    assert [row.status for row in failures(state)] == ["taken"] * 3 + ["ready"] * 3
    state.close()
    added = [each for each in load_examples(failed.golden) if "production" in each.tags]
    assert len(added) == 6


def test_a_budget_too_small_to_search_still_takes_failures(scene):
    scene.fail(200)
    done = night(scene, budget={"calls": 50.0})
    assert "nothing is searched" in done.text
    assert scene.entry.candidates == []
    assert judged(scene) == []
    assert set(scene.changed()) == {
        "golden/orders.jsonl", "promptevo.lock", "promptevo_recordings/orders.jsonl",
    }  # fmt: skip


def test_a_genome_that_fails_with_the_new_examples_is_told_and_nothing_is_searched(scene):
    with load(scene.lock, "orders") as orders:
        answers = {at: orders.answer(message=message(at)).data for at in range(300, 330)}
    wrong = [at for at, text in answers.items() if text != str(1000 + 37 * at)]
    suite = scene.path / "orders.promptevo.yaml"
    threshold = scene.entry.figures["after"].fitness.mean - 0.001
    suite.write_text(suite.read_text().replace("threshold: 0.2", f"threshold: {threshold}"))
    with Project.open(scene.path, Settings(update_lock=True)) as project:
        project.accept(project.load("orders.promptevo.yaml"))
    scene.commit()
    scene.fail(*wrong[:3])
    done = night(scene)
    assert "the locked genome fails its gate, so nothing can be proposed beside it" in done.text
    assert "3 failures of production become examples" in done.text
    assert scene.entry.candidates == []
    assert not (scene.path / ".promptevo/night/orders.searches.jsonl").exists()


def test_a_lock_that_is_out_of_date_is_left_to_people(scene):
    text = scene.golden.read_text()
    scene.golden.write_text(text.replace("1037", "1038"))
    scene.git("-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "-qam", "edited")
    done = night(scene)
    assert done.failed == ("orders",)
    assert "is not as the lock has it" in done.text
    assert scene.changed() == []


def test_a_model_that_is_gone_changes_nothing(scene):
    scene.fail(200)
    code, said = scene.night(is_gone=True)
    assert code == 1
    assert "it could not be done" in said
    assert "the model is gone" in said
    assert scene.changed() == []
    assert not (scene.path / ".promptevo/night/undo.json").exists()


def test_the_note_of_a_killed_night_does_not_undo_what_was_committed_since(scene):
    note = scene.path / ".promptevo/night/undo.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    undo = Undo(note, scene.path, scene.lock)
    undo.begin([scene.lock, scene.golden])
    for path in (scene.lock, scene.golden):
        undo.expect(path, "what the night would have written")
    mine = json.dumps(example(400)) + "\n"
    scene.golden.write_text(scene.golden.read_text("utf-8") + mine, "utf-8")
    with Project.open(scene.path, Settings(update_lock=True)) as project:
        project.accept(project.load("orders.promptevo.yaml"))
    scene.commit()
    golden = scene.golden.read_bytes()
    done = night(scene, budget={"calls": 50.0})
    assert scene.golden.read_bytes() == golden
    assert scene.changed() == []
    assert "stay as they are (look at `git diff`): `promptevo.lock`, `golden/orders" in done.text
    assert not note.exists()


def test_a_note_that_was_committed_writes_nothing(scene):
    note = scene.path / ".promptevo/night/undo.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"conftest.py": ["print('run')", ["gone"]]}))
    code, said = scene.night()
    assert code == 1
    assert "undo.json: cannot be read: no night of this user has written it on this machine" in said
    assert not (scene.path / "conftest.py").exists()


@pytest.mark.parametrize("name", ["promptevo.lock", "golden/orders.jsonl"])
def test_a_report_is_not_written_over_a_file_of_the_project(scene, name):
    code, said = scene.night("--report", name)
    assert code == 2
    assert f"{name} is no report of a night" in said
    assert (scene.changed(), scene.asked()[32:]) == ([], [])


def test_of_two_nights_at_once_one_says_so(scene):
    first = scene.start(pause=0.02)
    try:
        while not scene.asked()[33:]:
            assert first.poll() is None
        code, said = scene.night()
    finally:
        first.kill()
        first.communicate()
    assert code == 1
    assert said == "promptevo: error: another night is at work on this lock: one at a time\n"


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize("when", ["searching", "writing", "written"])
def test_a_night_that_is_killed_is_gone_on_with(failed, proposed, when):
    failed.git("init", "-q")
    clean = failed.content()
    process = failed.start(pause=0.002)
    note = failed.path / ".promptevo/night/undo.json"
    while (
        process.poll() is None
        and not {
            "searching": lambda: len(failed.asked()) > 120,
            "writing": note.exists,
            "written": lambda: failed.content() != clean and note.exists(),
        }[when]()
    ):
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert note.exists() == (when != "searching")
    stored, calls = failed.stored(), len(failed.asked())
    code, said = failed.night()
    assert code == 0, said
    assert not stored & set(failed.asked()[calls:])
    assert failed.content() == proposed.content()
