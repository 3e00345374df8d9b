"""The word of a suite, and what stands with it, where a case is less plain."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from pytest_promptevo.lock import read_lock, write_lock
from pytest_promptevo.lock.file import Lockfile
from pytest_promptevo.lock.parts import LockedText
from pytest_promptevo.review.alert import alert, lead
from pytest_promptevo.review.as_json import as_json
from pytest_promptevo.review.markdown import markdown
from pytest_promptevo.review.pieces import plain
from pytest_promptevo.review.plain_text import plain_text
from pytest_promptevo.review.words import Condition, Word
from review.cases import BRIEF, COUNT, POLITE
from review.scene import MODULE, Scene, example

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.review.model import SuiteChange

HALF = range(COUNT // 2)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A repository whose suite fails half of its examples by one persona and none by another."""
    made = Scene(tmp_path / "project")
    made.model({BRIEF: HALF})
    made.golden([example(at) for at in range(COUNT)])
    made.suite(search={"persona": [BRIEF, POLITE]})
    return made


def told(change: SuiteChange) -> str:
    return plain(alert(change))


def test_a_search_from_what_shipped_unlocked(scene: Scene) -> None:
    scene.commit("base")
    scene.evolve()
    scene.commit("head")
    change = scene.only()
    assert (change.word, change.conditions) == (Word.BETTER, frozenset())
    assert "It had no lock entry before; 72 of 72 examples pass." in told(change)
    assert change.prompt.turns[0].before == BRIEF
    assert change.prompt.turns[0].after == POLITE


def test_a_suite_is_told_with_its_word(scene: Scene) -> None:
    scene.commit("base")
    scene.accept()
    scene.commit("head")
    change = scene.only()
    for word in Word:
        first = plain([lead(replace(change, word=word))])
        assert first.startswith(f"orders: {word.value}"), first


def test_a_first_lock_is_new(scene: Scene) -> None:
    scene.commit("base")
    scene.accept()
    scene.commit("head")
    change = scene.only()
    assert (change.word, change.conditions) == (Word.NEW, frozenset())
    assert "36 of 72 examples pass" in told(change)


def test_a_new_suite_is_new(scene: Scene) -> None:
    scene.accept()
    scene.commit("base")
    scene.suite("other")
    scene.accept("other")
    scene.commit("head")
    assert (scene.only().name, scene.only().word) == ("other", Word.NEW)
    assert told(scene.only()) == "other: new. 36 of 72 examples pass."
    assert scene.review("base", "head").total == 2


def test_two_searches_are_not_one_test(scene: Scene) -> None:
    """The lock's test is about the last of them, which BASE never ran."""
    scene.model({BRIEF: HALF, POLITE: range(0, COUNT, 6)})
    scene.accept()
    scene.commit("base")
    scene.evolve()
    scene.suite(search={"persona": [BRIEF, POLITE, "Be both."]})
    scene.evolve(seed=6)
    scene.commit("head")
    change = scene.only()
    assert change.entries[1] is not None
    assert change.entries[1].genome["persona"] == "Be both."
    assert change.word is Word.INCONCLUSIVE
    assert change.evidence is not None
    assert change.evidence.why
    assert "But the lock's test compares with another genome" in told(change)


def test_quality_that_fell_without_a_search_is_worse(scene: Scene) -> None:
    scene.model({})
    scene.accept()
    scene.commit("base")
    scene.model({"Be brief!": range(12)})
    scene.suite(genome={"persona": "Be brief!", "temperature": 0, "max_tokens": 900})
    (scene.root / "promptevo.lock").unlink()
    scene.accept()
    scene.commit("head")
    change = scene.only()
    assert change.word is Word.WORSE
    assert {Condition.REGRESSED, Condition.UNCONFIRMED} <= change.conditions
    assert change.evidence is not None
    assert change.evidence.p_value is not None
    # Twelve of twelve fell: twice half of 2^-12, and the other side is 1.
    assert change.evidence.p_value == pytest.approx(2 * 0.5**13)
    assert "quality -0.17 [" in told(change)


def test_a_rise_without_a_search_is_better_beyond_chance_alone(scene: Scene) -> None:
    scene.model({BRIEF: range(6), POLITE: range(3, 6)})
    scene.accept()
    scene.commit("base")
    for persona, word in ((POLITE, Word.INCONCLUSIVE), ("Be nice.", Word.BETTER)):
        scene.suite(genome={"persona": persona, "temperature": 0, "max_tokens": 900})
        (scene.root / "promptevo.lock").unlink()
        scene.accept()
        change = scene.review("base").suites[0]
        assert change.word is word
        assert (Condition.UNCONFIRMED in change.conditions) is (word is not Word.BETTER)


def test_evidence_that_is_gone_is_told(scene: Scene) -> None:
    scene.accept()
    scene.evolve()
    scene.commit("base")
    examples = [example(at) for at in range(COUNT)]
    lock = read_lock(scene.root / "promptevo.lock").entries["orders"]
    assert lock.held_out is not None
    held = int(lock.held_out.ids[0].removeprefix("ord-"))
    examples[held] = example(held, expected=f"order {held} ")
    scene.golden(examples)
    scene.accept()
    scene.commit("head")
    change = scene.only()
    assert change.lost_evidence
    assert Condition.UNCONFIRMED in change.conditions
    assert f"Golden examples: 1 edited (ord-{held:03} (held out))." in told(change)
    assert "1 of these the search never saw, and what they show is evidence" in told(change)
    assert "The confirmation that this genome had is gone from the lock." in told(change)


def test_a_label_that_is_edited_is_no_flip_of_the_prompt(scene: Scene) -> None:
    scene.accept()
    scene.commit("base")
    examples = [example(at) for at in range(COUNT)]
    examples[0] = example(0, expected="nobody knows")
    examples[50] = example(50, expected="something else")
    scene.golden(examples)
    scene.accept()
    scene.commit("head")
    change = scene.only()
    assert change.word is Word.INCONCLUSIVE
    assert "0 newly failing, 0 fixed, 35 still failing." in told(change)
    assert "Of those edited 1 fails now and 1 passes now." in told(change)
    assert change.tested == COUNT - 2
    flips = {flip.example: flip for flip in change.flips.all}
    assert flips["ord-000"].is_edited
    assert flips["ord-000"].has_same_answer
    assert flips["ord-000"].expected == "nobody knows"


def test_code_of_scorers_makes_a_lock_stale(scene: Scene) -> None:
    scene.write(
        "near.py",
        "from helper import same\n\n\ndef near(output, example):\n"
        "    return same(output, example)\n",
    )
    scene.write(
        "helper.py", "def same(output, example):\n    return output.text == example.expected\n"
    )
    scene.suite(scorers=["python:near:near"])
    scene.accept()
    scene.commit("base")
    scene.write(
        "helper.py",
        "def same(output, example):\n    return output.text[:5] == example.expected[:5]\n",
    )
    scene.commit("head")
    change = scene.only()
    assert (change.word, change.conditions) == (Word.STALE, {Condition.STALE})
    assert "the code of scorers or target (helper.py)" in told(change)
    scene.accept()
    scene.commit("later")
    later = scene.only("base", "later")
    assert later.evidence is not None
    assert later.evidence.why.startswith("the code of scorers changed")


def test_where_a_text_comes_from_is_told_in_each_format(scene: Scene) -> None:
    scene.accept()
    scene.commit("base")
    entry = read_lock(scene.root / "promptevo.lock").entries["orders"]
    origin = LockedText(operator="reflect", proposer="a:b", examples=["o"], diagnosis="It talks.")
    own = entry.model_copy(update={"texts": {"persona": origin}})
    write_lock(Lockfile(scene.root / "promptevo.lock").with_entry("orders", own))
    scene.commit("head")
    review, told = scene.review("base", "head"), "reflect by a:b, in view of 1 example: It talks."
    assert f" · persona by {told} · " in plain_text(review)
    assert f" · <code>persona</code> by <code>{told}</code> · " in markdown(review)
    assert json.loads(as_json(review))["suites"][0]["origins"] == {"persona": told}


def test_scorers_of_hooks_are_unknown_once_the_suite_names_others(scene: Scene) -> None:
    """Their code cannot be known without importing it: the lock is believed where nothing moved."""
    scene.accept()
    entry = read_lock(scene.root / "promptevo.lock").entries["orders"]
    prints = {**entry.fingerprints, "scorers": "sha256:0123456789abcdef"}
    own = entry.model_copy(update={"fingerprints": prints, "code": {"conftest.py": "sha256:0"}})
    lock = Lockfile(scene.root / "promptevo.lock").with_entry("orders", own)
    write_lock(lock)
    scene.suite(scorers=["mine"], search={"persona": [BRIEF, POLITE]})
    scene.commit("base")
    scene.suite(scorers=["mine", "others"], search={"persona": [BRIEF, POLITE]})
    scene.commit("head")
    change = scene.only()
    assert change.staleness.scorers == "unknown"
    assert "cannot be known without running their code: the test orders[lock] tells." in told(
        change
    )
    assert "Scorers: mine → mine, others." in told(change)


def test_the_gate_and_its_limits_are_told(scene: Scene) -> None:
    scene.accept()
    scene.commit("base")
    scene.suite(
        search={"persona": [BRIEF, POLITE]},
        threshold=0.25,
        objectives={"quality": {"min": 0.7}, "tokens": {"max": 3}},
        draft=True,
        scorer_check=False,
    )
    scene.accept()
    scene.commit("head")
    said = told(scene.only())
    assert (
        "The gate: threshold 0.5 → 0.25, min of quality none → 0.7, weight of tokens 0 → -0.0005, "
        "max of tokens none → 3, scorers are no longer checked, a draft from now on, which cannot "
        "fail without a lock entry." in said
    )
    assert "Quality 0.50 → 0.50, below the limit of 0.7." in said
    assert "Tokens 65 → 65, over the limit of 3." in said


def test_where_answers_are_as_before_nothing_is_tested(scene: Scene) -> None:
    scene.accept()
    scene.commit("base")
    scene.suite(search={"persona": [BRIEF, POLITE]}, threshold=0.25)
    scene.accept()
    scene.commit("head")
    change = scene.only()
    assert (change.word, change.conditions) == (Word.INCONCLUSIVE, {Condition.LAXER})
    assert told(change) == (
        "orders: inconclusive: the genome and its answers are as before. The gate: threshold 0.5 "
        "→ 0.25."
    )


def test_another_prompt_with_the_same_answers_is_told_as_such(scene: Scene) -> None:
    scene.accept()
    scene.commit("base")
    scene.suite(prompt={"system": "{{persona}}", "user": "Which one?\nMessage: {{message}}"})
    scene.accept()
    scene.commit("head")
    change = scene.only()
    assert change.word is Word.INCONCLUSIVE
    assert told(change).startswith(
        "orders: inconclusive: the prompt's text changed; the genes and all answers are as before."
    )


def test_new_examples_leave_the_answers_as_they_are(scene: Scene) -> None:
    """As a night proposes them."""
    scene.accept()
    scene.commit("base")
    scene.golden([example(at) for at in (*range(COUNT), 200, 201)])
    scene.model({BRIEF: HALF})
    scene.accept()
    scene.commit("head")
    assert told(scene.only()) == (
        "orders: inconclusive: the genome and its answers are as before. Golden examples: 2 new. "
        "Of 2 new examples 0 fail."
    )


def test_a_target_is_named_and_not_run(scene: Scene, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    scene.write(
        "app.py",
        "import pathlib\n\n\ndef reply(inputs, genome, ask):\n"
        f"    pathlib.Path({str(mark)!r}).touch()\n"
        "    return ask([{'role': 'system', 'content': genome['persona']},"
        " {'role': 'user', 'content': inputs['message']}])\n",
    )
    scene.suite(prompt=None, target="app:reply", search={"persona": [BRIEF, POLITE]})
    scene.accept()
    scene.commit("base")
    scene.evolve()
    scene.commit("head")
    mark.unlink()
    change = scene.only()
    assert change.word is Word.BETTER
    assert not change.prompt.turns
    settings = {part.name: (part.before, part.after) for part in change.prompt.settings}
    assert settings == {"persona": (BRIEF, POLITE)}
    scene.write("app.py", "def reply(inputs, genome, ask):\n    return 'x'\n")
    scene.commit("later")
    later = scene.only("head", "later")
    assert later.word is Word.STALE
    assert "the code of scorers or target (app.py)" in told(later)
    assert "Renew it: pytest --promptevo-update-lock" in told(later)
    assert not mark.exists()


def test_candidates_are_counted(scene: Scene) -> None:
    scene.model({BRIEF: HALF, POLITE: (3, 50), "Be both.": (4,)})
    scene.suite(search={"persona": [BRIEF, POLITE, "Be both."]})
    scene.accept()
    scene.commit("base")
    scene.evolve(candidates=2, strategy="classic")
    scene.commit("head")
    lock = read_lock(scene.root / "promptevo.lock").entries["orders"]
    said = told(scene.only())
    many = len(lock.candidates)
    assert f"{many} candidate{'s' * (many > 1)} for production's traffic: " in said
    assert "candidate" in told(scene.only("head", "base"))
    name = "promptevo_recordings/orders+candidate-1.jsonl"
    text = (scene.root / name).read_text()
    scene.write(name, text.replace('"text": "order ', '"text": "other ', 1))
    scene.commit("edited")
    edited = scene.only("head", "edited")
    assert edited.word is Word.STALE
    assert f"{name} is not the file with which promptevo.lock was written." in told(edited)


def test_a_lock_of_version_1_knows_failures_alone(scene: Scene) -> None:
    scene.accept()
    scene.commit("head")
    text = yaml.safe_load((scene.root / "promptevo.lock").read_text())
    entry = text["suites"]["orders"]
    entry["known_failures"] = list(entry.pop("quality"))
    del entry["recordings"], entry["checksum"]
    from pytest_promptevo.base.canonical import digest

    entry["checksum"] = digest(entry)
    text["version"] = 1
    scene.write("promptevo.lock", yaml.safe_dump(text, sort_keys=False) + "# end of lock\n")
    scene.commit("base")
    change = scene.only()
    assert (change.flips.all, change.flips.still_failing) == ((), len(HALF))
    assert "a lock of version 1" not in told(change)


def test_suites_of_one_name_are_told_by_their_folders(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(scene.root)
    scene.accept()
    names = ("promptevo.lock", "promptevo_recordings", "orders.promptevo.yaml", "golden")
    for folder in ("one", "two"):
        for name in names:
            copy = shutil.copytree if (scene.root / name).is_dir() else shutil.copy
            (scene.root / folder).mkdir(exist_ok=True)
            copy(scene.root / name, scene.root / folder / name)
    scene.git("rm", "-r", "--quiet", "--cached", "--ignore-unmatch", ".")
    for name in names:
        path = scene.root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    scene.commit("base")
    for folder in ("one", "two"):
        suite = scene.root / folder / "orders.promptevo.yaml"
        suite.write_text(suite.read_text().replace("threshold: 0.5", "threshold: 0.4"))
    scene.commit("head")
    suites = scene.review("base", "head").suites
    assert [change.name for change in suites] == ["one/orders", "two/orders"]


def test_a_lock_that_moves_makes_no_other_suite(scene: Scene) -> None:
    scene.accept()
    scene.commit("base")
    for name in ("promptevo.lock", "promptevo_recordings", "orders.promptevo.yaml", "golden"):
        (scene.root / "prompts").mkdir(exist_ok=True)
        (scene.root / name).rename(scene.root / "prompts" / name)
    scene.commit("head")
    assert scene.review("base", "head").suites == ()
    assert scene.review("base", "head").total == 1


def test_near_duplicates_are_one_observation(scene: Scene) -> None:
    """Eight spellings of one message that fall together prove nothing."""
    marks = ("", "?", "!", ".", "..", "!!", "??", "?!")
    same = [
        example(at, "order 100", inputs={"message": f"where is my parcel, please{mark} 100"})
        for at, mark in enumerate(marks, 100)
    ]
    scene.golden([*(example(at) for at in range(30)), *same])
    scene.model({BRIEF: (), POLITE: (100,)})
    scene.accept()
    scene.commit("base")
    scene.suite(genome={"persona": POLITE, "temperature": 0, "max_tokens": 900})
    (scene.root / "promptevo.lock").unlink()
    scene.accept()
    scene.commit("head")
    change = scene.only()
    assert change.word is Word.REGRESSED
    assert len(change.flips.of("fails now")) == 8
    assert change.evidence is not None
    assert (change.tested, change.evidence.n) == (38, 31)
    assert "near-duplicates count as one: 31" in told(change)


def test_draws_count_as_in_the_gate(scene: Scene) -> None:
    """Two examples that fall from all draws to none are enough, where each is drawn three times."""
    warm = {"persona": BRIEF, "temperature": 1.0, "max_tokens": 900}
    scene.model({})
    scene.suite(genome=warm, repeats=3)
    scene.accept()
    scene.commit("base")
    scene.model({BRIEF: (1, 2)})
    scene.accept()
    scene.commit("head")
    change = scene.only()
    assert change.word is Word.WORSE
    assert [flip.draws for flip in change.flips.all] == [3, 3]
    assert change.weights is not None
    assert change.weights.reference == f"scripted:{MODULE}:answer"
