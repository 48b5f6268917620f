"""A folder that files are written into, on this host or mounted there."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from destui.connectors.base import Climb, Connector, Fault, Run, StepResult
from destui.connectors.files import closed_way, denied, no_folder, note_place, sweep, takes_none, told
from destui.connectors.folder_errors import CATALOGUE
from destui.domain.check import CLEAN_UP
from destui.domain.fields import FieldKind, FieldSpec, TypeSpec

SPEC = TypeSpec(
    id="folder",
    label=CATALOGUE.label,
    description="a folder on this host",
    fields=(
        FieldSpec(
            "path", "Path", FieldKind.PATH, required=True, section="Where", endpoint=True,
            help="a folder on this host, or one mounted there",
        ),
        FieldSpec(
            "format", "Format", FieldKind.CHOICE, default="parquet", choices=("csv", "jsonl", "parquet"),
            section="Files", help="what the files are written as",
        ),
    ),
    steps=CATALOGUE.steps,
    url_schemes=("file",),
    url_options={"format": "format"},
    local=True,
)  # fmt: skip

_CONTENT = "destui was here: äöü 東京\n".encode() * 2048
"""Some 60 KB: more than what a file system that is full still finds room for beside its own records."""


class _Folder(Climb):
    """One run. The probe is one file, which *clean up* removes; after a kill the next run's sweep does."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._path = Path(run.text("path"))
        self._probe = self._path / run.probe
        self._made = False
        self._aborted = threading.Event()

    @property
    def rungs(self) -> Mapping[str, Callable[[], StepResult]]:
        return {"open": self._open, "write": self._write, "read back": self._read_back, CLEAN_UP: self._clean_up}

    def abort(self) -> None:
        self._aborted.set()

    def _open(self) -> StepResult:
        mount = note_place(self._run, self._path)
        # A link that leads to nothing cannot be made a folder, only what it leads to.
        self._run.facts["folder"] = os.path.realpath(self._path)
        try:
            sweep(self._path, self._run.token)
        except NotADirectoryError as error:
            file = next(p for p in self._way() if not p.is_dir())
            raise Fault("wrong_kind", f"{file} is not a folder", beside=f"{file}.files") from error
        except FileNotFoundError as error:
            raise no_folder(Path(self._run.facts["folder"])) from error
        except PermissionError as error:
            way = closed_way(self._path / "any file")
            raise denied("closed" if way else "unlistable", [*way, (self._path, "rwx")]) from error
        except OSError as error:
            if error.errno == errno.ELOOP:
                link = next(p for p in self._way() if p.is_symlink() and not p.exists())
                raise Fault("loop", str(error), link=str(link)) from error
            raise
        return told(mount)

    def _way(self) -> list[Path]:
        return [*reversed(self._path.parents), self._path]

    def _write(self) -> StepResult:
        try:
            with self._probe.open("xb") as file:
                self._made = True
                file.write(_CONTENT)
                file.flush()
                os.fsync(file.fileno())
        except FileNotFoundError as error:
            raise takes_none(Path(os.path.realpath(self._path))) from error
        except PermissionError as error:
            # EPERM: a mark on the folder forbids it, which no right of a user changes.
            if error.errno == errno.EACCES and not os.access(self._path, os.W_OK | os.X_OK):
                raise denied("unwritable", [(self._path, "rwx")]) from error
            raise
        finally:
            if self._aborted.is_set():  # this hung while the run ended: nobody else comes to remove it
                self._clean_up()
        return None

    def _read_back(self) -> StepResult:
        if self._probe.read_bytes() != _CONTENT:
            raise Fault("probe_differs", "what was read back is not what was written")
        return None

    def _clean_up(self) -> StepResult:
        if self._made:
            self._probe.unlink(missing_ok=True)
        return None


class _FolderConnector(Connector):
    spec = SPEC
    catalogue = CATALOGUE

    def climb(self, run: Run) -> Climb:
        return _Folder(run)


CONNECTOR = _FolderConnector()
