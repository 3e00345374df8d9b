"""Which commit of a repository is checked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 10


def commit_id(folder: Path) -> str:
    """Returns the id of the commit that is checked out, as git tells it.

    Args:
        folder: A folder of the repository.

    Returns:
        The id, or nothing where there is no repository, no commit or no git.
    """
    import subprocess

    try:
        done = subprocess.run(
            ["git", "rev-parse", "--verify", "HEAD"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
