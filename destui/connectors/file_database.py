"""What databases that are one file on one host share: their declaration, their ladder, and what is said of paths."""

from __future__ import annotations

import os
import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from destui.connectors.base import Climb, Entry, Fault, Run, StepResult
from destui.domain.check import CLEAN_UP
from destui.domain.fields import FieldKind, FieldSpec, TypeSpec

_NOTE = "destui was here: äöü 東京"


def file_spec(type_id: str, label: str, driver: str = "") -> TypeSpec:
    """The declaration of such a type."""
    path = FieldSpec(
        "path", "Path", FieldKind.PATH, required=True, section="Where", endpoint=True,
        help="a file on this host; made if missing",
    )  # fmt: skip
    return TypeSpec(
        id=type_id, label=label, description="a file", fields=(path,),
        steps=("open", "create", "write", "read back", CLEAN_UP), url_schemes=(type_id,), driver=driver, local=True,
    )  # fmt: skip


class FileClimb(Climb):
    """One run. The probe lives and dies in one transaction, which *clean up* rolls back."""

    def __init__(self, run: Run) -> None:
        self._run = run
        # Where a link leads is where a new file would be made, and where the rights count.
        self._path = Path(os.path.realpath(run.text("path")))
        self._connection: Any = None
        """The driver's; both have `execute`, `rollback`, `interrupt` and `close`."""
        self._began = False
        self._aborted = threading.Event()

    @property
    def rungs(self) -> Mapping[str, Callable[[], StepResult]]:
        return {
            "open": self._open,
            "create": self._create,
            "write": self._write,
            "read back": self._read_back,
            CLEAN_UP: self._clean_up,
        }

    def abort(self) -> None:
        self._aborted.set()
        if self._connection is not None:
            with suppress(Exception):  # it may be closing at this moment
                self._connection.interrupt()

    @abstractmethod
    def _open(self) -> StepResult: ...

    def _hold(self, connection: Any) -> None:
        """Take a connection that was just opened; it is closed again where the run ended while that hung."""
        self._connection = connection
        if self._aborted.is_set():  # nobody else comes to close it
            connection.close()
            raise Fault("", "aborted")

    def _ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement, in which `{}` is the probe."""
        if self._connection is None:
            raise Fault("", "the file is not open")
        parameters = (values,) if values else ()
        return list(self._connection.execute(statement.format(f'"{self._run.probe}"'), *parameters).fetchall())

    def _begin(self) -> None:
        self._ask("BEGIN")

    def _create(self) -> StepResult:
        self._begin()
        self._began = True
        self._ask("CREATE TABLE {} (id INTEGER PRIMARY KEY, note TEXT)")
        return None

    def _write(self) -> StepResult:
        self._ask("INSERT INTO {} VALUES (?, ?)", 1, _NOTE)
        return None

    def _read_back(self) -> StepResult:
        if self._ask("SELECT note FROM {} WHERE id = ?", 1) != [(_NOTE,)]:
            raise Fault("probe_differs", "what was read back is not what was written")
        return None

    def _clean_up(self) -> StepResult:
        if self._connection is None:
            return None
        try:
            if self._began:
                self._connection.rollback()
            self._leave()
        finally:
            self._connection.close()
        return None

    def _leave(self) -> None:
        """Undo what else the run has left, before the connection is closed."""


def path_entries(prefix: str, engine: str, beside: str) -> tuple[Entry, ...]:
    """What a look at the path finds, before `engine` is asked to open it; `beside` is what that makes there."""
    return (
        Entry(
            f"{prefix}-NO-FOLDER", ("path_missing",),
            "The folder {folder} does not exist on the host that checks.",
            "Run this on that host as {worker}, or correct the field Path:\nmkdir -p {folder:sh}",
            codes=("no_folder", "ENOENT"), exceptions=("FileNotFoundError",),
            words=r"no such file or directory|directory .*does not exist|cannot find the (path|file)|no such folder"
            r"|database does not exist",
        ),
        Entry(
            f"{prefix}-NO-FOLDER-ROOT", ("path_missing",),
            "The folder {folder} does not exist on the host that checks, and its user {worker} may not make it.",
            "Run this on that host as root, or correct the field Path:\n"
            "install -d -o {worker:sh} -m 700 {folder:sh}",
            codes=("no_folder:root",),
        ),
        Entry(
            f"{prefix}-FILE-CLOSED", ("path_not_permitted",),
            "The worker's user {worker} may not read and write {path}.",
            "Run this on that host as {granter}:\n{grant}",
            codes=("file_closed",),
        ),
        Entry(
            f"{prefix}-FOLDER-CLOSED", ("path_not_permitted",),
            f"The worker's user {{worker}} may not use the folder {{denied}}, which leads to the file or is where "
            f"{engine} makes {beside} beside it.",
            "Run this on that host as {granter}; it gives all that is needed on the way:\n{grant}",
            codes=("folder_closed",),
        ),
        Entry(
            f"{prefix}-READONLY-SYSTEM", ("read_only",),
            "The file system of {path} is read-only.",
            "Run this on that host as root, or edit the destination to a path that can be written:\n"
            "mount -o remount,rw {mount:sh}",
            codes=("read_only_system", "EROFS"), words=r"read-only file ?system",
            more="A disk with errors is often made read-only by the system itself: see the system log first.",
        ),
        Entry(
            f"{prefix}-WRONG-KIND", ("path_wrong_kind",),
            "{path} is a folder or a device, or leads through a file.",
            "Edit the destination: give the path of a file in the field Path.",
            codes=("wrong_kind", "EISDIR", "ENOTDIR", "SQLITE_CANTOPEN_ISDIR"),
            exceptions=("IsADirectoryError", "NotADirectoryError"),
            words=r"is a (directory|folder)|is not a (regular )?file|not a directory"
            r"|could not fsync file .*: invalid argument",
        ),
        Entry(
            f"{prefix}-LOOP", ("path_missing",),
            "{path} is a symbolic link that leads back to itself, or lies behind one.",
            "Edit the destination: give the path of the file itself in the field Path.",
            codes=("ELOOP",), words=r"too many (levels of )?symbolic links",
        ),
    )  # fmt: skip
