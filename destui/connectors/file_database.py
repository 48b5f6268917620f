"""What databases that are one file on one host share: their declaration and their ladder."""

from __future__ import annotations

import os
import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from destui.connectors.base import Climb, Fault, Run, StepResult
from destui.connectors.catalogue import Catalogue
from destui.domain.fields import FieldKind, FieldSpec, TypeSpec
from destui.domain.steps import CLEAN_UP

_NOTE = "destui was here: äöü 東京"


def file_spec(type_id: str, catalogue: Catalogue, driver: str = "") -> TypeSpec:
    """The declaration of such a type."""
    path = FieldSpec(
        "path", "Path", FieldKind.PATH, required=True, section="Where", endpoint=True,
        help="a file on this host; made if missing",
    )  # fmt: skip
    return TypeSpec(
        id=type_id, label=catalogue.label, description="a file", fields=(path,),
        steps=catalogue.steps, url_schemes=(type_id,), driver=driver, local=True,
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
