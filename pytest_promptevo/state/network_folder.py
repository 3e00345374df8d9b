"""Whether a folder is another machine's: file locks and shared memory do not hold there."""

from __future__ import annotations

import re
from pathlib import Path

_KINDS = {
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "smb2",
    "smb3",
    "smbfs",
    "sshfs",
}
_MOUNTS = Path("/proc/self/mountinfo")
_ESCAPE = re.compile(r"\\([0-7]{3})")


def network_file_system(folder: Path, mounts: Path = _MOUNTS) -> str:
    """Returns the kind of network file system that a folder is on, or nothing.

    Only Linux tells; elsewhere nothing is found.

    Args:
        folder: The folder, which need not be there yet.
        mounts: Table of mounts, as Linux writes it (proc(5), ``mountinfo``).
    """
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").split("\n")
    except OSError:
        return ""
    place = folder.resolve()
    best, kind = -1, ""
    for line in lines:
        before, _, after = line.partition(" - ")
        parts, found = before.split(" "), after.split(" ")[0]
        if len(parts) < 5:
            continue
        mount = Path(_ESCAPE.sub(lambda code: chr(int(code[1], 8)), parts[4]))
        if place.is_relative_to(mount) and len(mount.parts) >= best:
            best, kind = len(mount.parts), found.removeprefix("fuse.")
    return kind if kind in _KINDS else ""
