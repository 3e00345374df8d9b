"""The files of a project that a function's behaviour depends on, and their digests."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.import_statements import Imported, imports_in
from pytest_promptevo.base.text_files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_OWN = "pytest_promptevo"
"""This package: where a project holds a copy of it, that is no code of the suite's."""


def code_digests(files: Iterable[Path], root: Path, base: Path | None = None) -> dict[str, str]:
    """Returns digests of files and of all modules below the root that they import.

    Imports are followed through all modules, packages' ``__init__`` among them, as their
    texts name them: nothing is executed. Files outside of the root are left out, and so is
    what is installed in an environment below it.

    Args:
        files: Where to start.
        root: The project's folder.

        base: A folder that paths start from in place of the root.

    Returns:
        Path from the root (with ``/``) to digest, sorted. Ends of lines do not count.
    """
    finder = _Finder(root)
    pending = [path.resolve() for path in files]
    contents: dict[Path, bytes] = {}
    while pending:
        path = pending.pop()
        if path in contents or not finder.has(path):
            continue
        contents[path] = source = _source(path)
        pending += finder.packages_above(path)
        for each in imports_in(source):
            pending += finder.imported(each, path)
    start = finder.root if base is None else base
    return {
        Path(os.path.relpath(path, start)).as_posix(): _digest(source)
        for path, source in sorted(contents.items())
    }


def mentions(path: Path, root: Path, words: Iterable[bytes]) -> bool:
    """Whether one of some words stands in a file below the root or in a module it imports."""
    texts = [read_bytes(root / name) for name in code_digests([path], root)]
    return any(word in text for word in words for text in texts)


def module_files(module: str, root: Path) -> list[Path]:
    """Returns the file of a module below the root and those of its packages; none elsewhere."""
    finder = _Finder(root)
    return [path for path in finder.absolute(module) if finder.has(path)]


def import_base(module: str, files: list[Path]) -> Path | None:
    """Returns the folder from which a module of the project is imported.

    Args:
        module: Its name.
        files: Its file, the last one, and those of its packages.
    """
    if not files:
        return None
    above = module.count(".") + (files[-1].name == "__init__.py")
    return files[-1].parents[above]


def files_of(written: object, root: Path) -> list[Path]:
    """Returns the project's files that a function, an object or a module is written in.

    Each layer counts: decorators and what they wrap, a partial's function and arguments, what a
    closure or a callable object holds.
    """
    finder, found = _Finder(root), dict[Path, None]()
    seen, pending = dict[int, object](), [written]
    while pending:
        each = pending.pop()
        if id(each) in seen or isinstance(each, (str, bytes, float, int, type(None))):
            continue
        seen[id(each)] = each  # kept, so that nothing else gets its id
        path = _file_of(each)
        if path is not None and finder.has(path):
            found[path] = None
        pending += _layers(each)
    return list(found)


def _file_of(written: object) -> Path | None:
    """Returns the file of a function, a class or a module; of other objects that of their class."""
    is_told = inspect.isroutine(written) or inspect.isclass(written) or inspect.ismodule(written)
    try:
        name = inspect.getsourcefile(written if is_told else type(written))  # type: ignore[arg-type]
    except (TypeError, OSError):  # made without a file, or in C
        return None
    path = Path(name).resolve() if name else None
    return path if path and path.is_file() else None


def _layers(outer: Any) -> Iterator[object]:
    """Yields what an object calls or holds, as far as it can be seen."""
    if isinstance(outer, (list, tuple)):
        yield from outer
    elif isinstance(outer, dict):
        yield from outer.values()
    elif isinstance(outer, functools.partial):
        yield from (outer.func, outer.args, outer.keywords)
    elif inspect.ismethod(outer):
        yield from (outer.__self__, outer.__func__)
    elif inspect.isfunction(outer):
        yield inspect.getattr_static(outer, "__wrapped__", None)
        for cell in outer.__closure__ or ():
            with contextlib.suppress(ValueError):  # it is empty yet
                yield cell.cell_contents
    elif callable(outer) and not inspect.isclass(outer):
        yield from (
            inspect.getattr_static(outer, "__wrapped__", None),
            getattr(outer, "__dict__", None),
        )


class _Finder:
    """Finds the modules below a root, as Python would."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    @functools.cached_property
    def _bases(self) -> list[Path]:
        """The root and what else of the import path lies below it."""
        entries = (Path(entry).resolve() for entry in sys.path)
        below = (entry for entry in entries if entry.is_relative_to(self.root))
        return list(dict.fromkeys([self.root, *below]))

    def has(self, path: Path) -> bool:
        """Whether a file is the project's own: below its root, in no environment there."""
        if not path.is_relative_to(self.root):
            return False
        parts = path.relative_to(self.root).parts
        folders = path.parents[: len(parts) - 1]
        return not _INSTALLED & set(parts) and not any(map(_is_environment, folders))

    def packages_above(self, path: Path) -> list[Path]:
        """Returns the ``__init__`` of the packages that a file is in."""
        found = []
        for folder in path.parents:
            initial = folder / "__init__.py"
            if folder == self.root or not initial.is_file():
                break
            found.append(initial.resolve())
        return found

    def imported(self, each: Imported, path: Path) -> list[Path]:
        """Returns the files of what a file of the project imports."""
        if each.level == 0:
            return self.absolute(each.module, each.names)
        if each.level > len(path.relative_to(self.root).parts):
            return []
        return _below(path.parents[each.level - 1], each.module, each.names)

    def absolute(self, module: str, names: tuple[str, ...] = ()) -> list[Path]:
        """Returns the files of an absolute import, from the first folder that has them."""
        if module.partition(".")[0] == _OWN:
            return []
        for base in self._bases:
            if found := _below(base, module, names):
                return found
        return []


def _below(base: Path, module: str, names: tuple[str, ...]) -> list[Path]:
    """Returns the files that importing names from a module below a folder executes."""
    found: list[Path] = []
    folder = base
    for part in module.split(".") if module else ():
        if not part.isidentifier():
            return found
        file = _module(folder, part)
        folder = folder / part
        if file is not None:
            found.append(file)
        elif not folder.is_dir():
            return found
    found += [file for name in names if (file := _module(folder, name)) is not None]
    return [file.resolve() for file in found]


def _module(folder: Path, name: str) -> Path | None:
    for path in (folder / name / "__init__.py", folder / f"{name}.py"):
        if path.is_file():
            return path
    return None


@functools.lru_cache(maxsize=1024)
def _is_environment(folder: Path) -> bool:
    return (folder / "pyvenv.cfg").is_file()


def _source(path: Path) -> bytes:
    try:
        source = read_bytes(path)
    except OSError:
        return b"cannot be read"  # importing it says why
    return source.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _digest(source: bytes) -> str:
    return f"sha256:{hashlib.sha256(source).hexdigest()[:16]}"
