"""What the embedded model answered to the first sample of the README, which takes minutes.

``python -m documentation.recorded_answers``, in the folder ``tests``, asks the model anew, for
changes that are meant to change what a search asks. Then show in the sample what is printed.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from pytest_promptevo.base.canonical import text_key
from pytest_promptevo.recording import Recording
from pytest_promptevo.recording.store import Store

from .samples import all_samples
from .stage import SCENES, Stage

ANSWERS = Path(__file__).with_name("recorded_answers.jsonl.gz")
_STORE = Path(".promptevo") / "answers.sqlite"
_SCENE = "shipped"
_SECONDS = 3600


def restore(folder: Path) -> None:
    """Puts the answers into a folder's local store."""
    store = Store(folder / _STORE)
    with gzip.open(ANSWERS, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            key = text_key("\n".join(row[name] for name in ("model", "messages", "params")))
            store.put(Recording(key=key, **row))
    store.close()


def _keep(folder: Path) -> None:
    """Writes the answers of a folder's local store."""
    with closing(sqlite3.connect(folder / _STORE)) as database:
        database.row_factory = sqlite3.Row
        rows = database.execute("SELECT * FROM answers ORDER BY key, max_tokens").fetchall()
    kept = ({name: row[name] for name in row.keys() if name != "key"} for row in rows)  # noqa: SIM118
    text = "".join(f"{json.dumps(row)}\n" for row in kept)
    ANSWERS.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def main() -> None:
    from . import search_scenes  # noqa: F401  it registers the scene, and needs `restore`

    (sample,) = (each for each in all_samples() if each.scene == _SCENE)
    with TemporaryDirectory() as folder:
        stage = Stage(Path(folder), sample, lambda _name: None)
        SCENES[_SCENE](stage)
        (stage.folder / _STORE).unlink(missing_ok=True)
        for command, _ in sample.commands:
            print(f"$ {command}\n{stage.run(command, _SECONDS)[1]}")
        _keep(stage.folder)


if __name__ == "__main__":
    main()
