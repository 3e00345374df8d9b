"""The cases that a review must tell rightly, each made in a real repository."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from review.scene import Scene, example

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDED = Path(__file__).parent / "recorded"
"""A suite of the example project, locked as it shipped and after a search: the embedded model's
own answers."""

BRIEF, POLITE = "Be brief.", "Be polite."
COUNT = 72
TAGS = ("refund", "delivery", "cancel")


def better(root: Path) -> Scene:
    """A search of the embedded model, from the locked shipped genome."""
    scene = Scene(root)
    shutil.copytree(RECORDED / "suite", root, dirs_exist_ok=True)
    for side in ("base", "head"):
        shutil.copytree(RECORDED / side, root, dirs_exist_ok=True)
        scene.commit(side)
    return scene


def regressed(root: Path) -> Scene:
    """A search that fixes nine and breaks three, which its test cannot tell from chance."""
    scene = Scene(root)
    scene.model({BRIEF: range(0, COUNT, 8), POLITE: (5, 17, 29)})
    scene.golden([example(at, tags=[TAGS[at % 3]]) for at in range(COUNT)])
    scene.suite(search={"persona": [BRIEF, POLITE]})
    scene.accept()
    scene.commit("base")
    scene.evolve(seed=3)
    scene.commit("head")
    return scene


def stale(root: Path) -> Scene:
    """Golden examples that are edited, and a lock that is not renewed."""
    scene = Scene(root)
    scene.model({BRIEF: (3,), POLITE: range(0, COUNT, 3)})
    examples = [example(at) for at in range(COUNT)]
    scene.golden(examples)
    scene.suite(search={"persona": [BRIEF, POLITE]})
    scene.accept()
    scene.commit("base")
    edited = [*examples]
    edited[1] = example(1, inputs={"message": "where on earth is my parcel 1"})
    edited[14] = example(14, inputs={"message": "the courier came and left, number 14"})
    del edited[30]
    scene.golden([*edited, *(example(at) for at in range(100, 105))])
    scene.commit("head")
    return scene


def weights(root: Path) -> Scene:
    """The model has other weights under the same name: four fail, three are fixed, it is slower."""
    scene = Scene(root)
    objectives = {"quality": {}, "latency_ms": {"weight": 0, "p95_max": 1300}}
    scene.model({BRIEF: (1, 2, 3)}, length=58)
    scene.golden([example(at) for at in range(COUNT)])
    scene.suite(objectives=objectives)
    scene.accept()
    scene.commit("base")
    scene.model({BRIEF: (4, 5, 6, 7)}, length=69)
    _ask_again(scene)
    scene.commit("head")
    return scene


def _ask_again(scene: Scene) -> None:
    shutil.rmtree(scene.root / ".promptevo", ignore_errors=True)
    scene.accept()


def other_scorers(root: Path) -> Scene:
    """Laxer scorers, code of the user's own among them: nothing is on one scale."""
    scene = Scene(root)
    scene.write("lax.py", "def near(output, example):\n    return output.text != ''\n")
    scene.model({BRIEF: range(0, COUNT, 4)})
    scene.golden([example(at) for at in range(COUNT)])
    scene.suite(scorer_check=False)
    scene.accept()
    scene.commit("base")
    scene.suite(scorers=["python:lax:near"], scorer_check=False)
    scene.accept()
    scene.commit("head")
    return scene


def removed(root: Path) -> Scene:
    """A suite that is gone, with its entry."""
    scene = Scene(root)
    scene.model({})
    scene.golden([example(at) for at in range(12)])
    for name in ("kept", "orders"):
        scene.suite(name)
    scene.accept()
    scene.commit("base")
    (scene.root / "orders.promptevo.yaml").unlink()
    (scene.root / "promptevo_recordings" / "orders.jsonl").unlink()
    lock = yaml.safe_load((scene.root / "promptevo.lock").read_text())
    del lock["suites"]["orders"]
    scene.write("promptevo.lock", yaml.safe_dump(lock, sort_keys=False) + "# end of lock\n")
    scene.commit("head")
    return scene


CASES: dict[str, Callable[[Path], Scene]] = {
    case.__name__: case for case in (better, regressed, stale, weights, other_scorers, removed)
}
