from __future__ import annotations

import multiprocessing
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.runtime import ThompsonBandit

if TYPE_CHECKING:
    from pathlib import Path


def add(path: Path, times: int) -> None:
    with ThompsonBandit(["a", "b"], path) as bandit:
        for _ in range(times):
            bandit.update("a", 0.25)


def test_rewards_are_added_to_alpha_and_what_they_lack_to_beta(tmp_path: Path) -> None:
    with ThompsonBandit(["a", "b"], tmp_path / "bandit.sqlite") as bandit:
        for reward in (1, 0, 0.25):
            bandit.update("a", reward)
    with ThompsonBandit(["a", "b"], tmp_path / "bandit.sqlite") as again:
        found = again.posteriors()
    assert (found["a"].alpha, found["a"].beta) == (2.25, 2.75)
    assert (found["b"].alpha, found["b"].beta) == (1.0, 1.0)


def test_several_processes_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "bandit.sqlite"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=add, args=(path, 25)) for _ in range(2)]
    for process in processes:
        process.start()
    add(path, 50)
    for process in processes:
        process.join()
    with ThompsonBandit(["a", "b"], path) as bandit:
        assert (bandit.posteriors()["a"].alpha, bandit.posteriors()["a"].beta) == (26.0, 76.0)


def test_the_better_arm_is_chosen_more_often(tmp_path: Path) -> None:
    with ThompsonBandit(["good", "bad"], tmp_path / "bandit.sqlite", seed=1) as bandit:
        for _ in range(40):
            bandit.update("good", 0.9)
            bandit.update("bad", 0.2)
        counts = Counter(bandit.choose() for _ in range(100))
    assert counts["good"] > 95


def test_bandits_of_one_file_are_told_apart_by_name(tmp_path: Path) -> None:
    path = tmp_path / "bandit.sqlite"
    with ThompsonBandit(["a"], path, name="one") as one, ThompsonBandit(["a"], path) as other:
        one.update("a", 1.0)
        assert (one.posteriors()["a"].alpha, other.posteriors()["a"].alpha) == (2.0, 1.0)


def test_a_file_in_a_folder_of_the_users_hides_nothing_of_it(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / ".promptevo", tmp_path / "new"):
        ThompsonBandit(["a"], folder / "bandit.sqlite").close()
    made = sorted(path.parent.name for path in tmp_path.rglob(".gitignore"))
    assert made == [".promptevo", "new"]


def test_what_is_no_arm_or_reward_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="at least one"):
        ThompsonBandit([], tmp_path / "bandit.sqlite")
    with ThompsonBandit(["first", "second"], tmp_path / "bandit.sqlite") as bandit:
        with pytest.raises(SettingsError, match="did you mean 'first'"):
            bandit.update("fist", 1.0)
        for reward in (1.1, -0.1, float("nan"), True, "1", None, 10**5000):
            with pytest.raises(SettingsError, match="reward must be a number from 0 to 1"):
                bandit.update("first", reward)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arms", "name"), [([1, 2], "bandit"), ("ab", "bandit"), (["\ud800"], "bandit"), (["a"], None)]
)
def test_names_that_the_file_would_not_give_back_are_refused(
    tmp_path: Path, arms: Any, name: Any
) -> None:
    with pytest.raises(SettingsError, match=r"^(arms|name): "):
        ThompsonBandit(arms, tmp_path / "bandit.sqlite", name=name)


@pytest.mark.parametrize("state", ["", " ", "a\0b", "postgresql://ann:secret@host/db", "."])
def test_a_place_that_is_no_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"^state: ") as told:
        ThompsonBandit(["a"], state)
    assert "secret" not in str(told.value)
    assert not list(tmp_path.iterdir())
