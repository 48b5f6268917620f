"""Into a folder: a table is a folder of files there, each file named by the run that wrote it.

Appending adds a file; replacing, merging and adding columns write one new file in a new folder and exchange it with
the old one in one step, so that nobody ever sees half. What is not finished lies under `.destui`, beside the tables;
loads into one table wait for each other by a lock there.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from destui.connectors.base import Fault
from destui.connectors.files import denied
from destui.disk import sync
from destui.domain.loads import FileOptions, Mode, Phase
from destui.loads.detect import SAMPLE, judged
from destui.loads.engine import SourceFailed, identifier, literal
from destui.loads.jsonl import JsonFiles
from destui.loads.sources import Source, open_files
from destui.loads.targets.base import KEPT_DAYS, Assignment, Load, TableColumn, Target, Written
from destui.loads.targets.checks import KeyCheck
from destui.loads.targets.folder_exchange import exchange, open_as, settle
from destui.loads.targets.folder_keys import comparable, written_as
from destui.loads.types import EXACT, NUMBERS, TEXT, Type

_OWN = ".destui"
_STAGE = "_destui_stage"
_AS_TEXT = ("TIMETZ", "INTERVAL", "BIT", "ENUM", "NUMBER", "FOREIGN", "NULL")
_NOT_IN_PARQUET = ("HUGEINT", "TIME WITH TIME ZONE", "INTERVAL", "BIT", "UNION", "VARIANT", "BIGNUM")
"""What Parquet has not, also inside what is nested; DuckDB would write doubles, or cut."""
_NOT_FINITE = "('nan', 'inf', '-inf')"
_OPTIONS = {
    "parquet": "FORMAT parquet, COMPRESSION zstd", "csv": "FORMAT csv, HEADER true", "jsonl": "FORMAT json",
}  # fmt: skip


class FolderTarget(Target):
    """One load into a table of a folder."""

    folds_case = True  # as DuckDB does, which writes the files
    has_statements = False

    def connect(self) -> None:
        """See `Target.connect`."""
        self._base = Path(str(self.plan.target.fields["path"]))
        self._format = str(self.plan.target.fields.get("format", "parquet"))
        self.by_kind = self._format == "jsonl"
        parts = Path(self.plan.table).parts
        if not parts or self.plan.table.startswith("/") or ".." in parts or parts[0] == _OWN or "\0" in self.plan.table:
            raise Fault("LOAD-TABLE-NAME", f"{self.plan.table} is no folder below {self._base}", table=self.plan.table)
        self._table = self._base / self.plan.table
        self._own = self._base / _OWN
        self._run = f"{self.plan.run_id}.{self._format}"
        # However the order spells it: `t`, `t/` and `./t` are one table.
        name = str(Path(self.plan.table)).replace("%", "%25").replace("/", "%2F")
        self._locked, self._work, self._aside = (self._own / kind / name for kind in ("locks", "work", "old"))
        self._existing: Source | None = None
        self._texts: set[str] = set()
        self._lock = -1
        self._base.stat()
        if self._aside.exists() and not self.plan.only_look:  # what a kill has left, before the table is looked at
            with suppress(OSError):  # somebody is exchanging them now
                self._take_lock(fcntl.LOCK_EX | fcntl.LOCK_NB)
                settle(self._table, self._aside)

    def as_text(self, assignment: Assignment) -> bool:
        """See `Target.as_text`."""
        return self._format == "csv" and assignment.holds.name != "BLOB"

    def prepare(self) -> None:
        """See `Target.prepare`: a run's file is its own marker; here the lock of the table is waited for. A look by
        which a run that has ended finds out whether it had loaded waits for nobody, and changes nothing."""
        if self.plan.only_look:
            return
        try:
            self._own.mkdir(exist_ok=True)
        except PermissionError as error:
            raise denied("unwritable", [(self._base, "rwx")]) from error
        for name in ("locks", "work", "old", "done", "rows"):
            (self._own / name).mkdir(exist_ok=True)
        if self._lock < 0:
            self._take_lock(fcntl.LOCK_EX)
        self._sweep()

    def _take_lock(self, how: int) -> None:
        lock = os.open(self._locked, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, how)
        except OSError:
            os.close(lock)
            raise
        self._lock = lock

    def _sweep(self) -> None:
        """Remove what killed loads into this table have left: nobody else holds its lock."""
        settle(self._table, self._aside)
        shutil.rmtree(self._work, ignore_errors=True)
        if self._work.exists():
            raise Fault("EACCES", f"{self._work}: Permission denied")

    def _files(self) -> list[Path]:
        if not self._table.is_dir():
            return []
        return sorted(p for p in self._table.glob(f"*.{self._format}") if p.is_file())

    def columns(self) -> Sequence[TableColumn] | None:
        """See `Target.columns`: those of the files that are there."""
        if self._table.exists() and not self._table.is_dir():
            raise Fault("LOAD-NOT-A-TABLE", f"{self._table} is a file", table=self.plan.table)
        files = self._files()
        if not files:
            return None
        for file in files:
            if file.stat().st_size == 0:
                raise Fault("LOAD-FOLDER-FILES", f"{file} is empty", folder=str(self._table), file=file.name)
        self._existing = open_files(self.engine, files, FileOptions(format=self._format))
        if isinstance(self._existing, JsonFiles) and self.plan.mode is not Mode.REPLACE:
            self._texts = self._existing.texts - set(self.plan.key)  # keys are compared by value
        is_typed = self._format == "parquet"
        return [
            TableColumn(c.name, str(c.type) if is_typed else "", c.type if is_typed else TEXT)
            for c in self._existing.columns
        ]

    def tables(self) -> list[str]:
        """See `Target.tables`."""
        found = {p.parent for p in self._base.glob(f"**/*.{self._format}") if _OWN not in p.parts}
        return sorted(str(p.relative_to(self._base)) for p in found if p != self._base)

    def made(self, source: Type) -> tuple[str, Type]:
        """See `Target.made`."""
        if source.is_text or source.name in _AS_TEXT:
            return "text", TEXT
        if source.name in ("HUGEINT", "UHUGEINT"):
            return "DECIMAL(38,0)", Type("DECIMAL", 38)
        if source.name == "NESTED" and (
            self._format != "parquet" or any(part in source.inner for part in _NOT_IN_PARQUET)
        ):
            return "JSON", Type("JSON")
        return str(source), source

    def refined(self, column: TableColumn, source: Type) -> Type | None:
        """See `Target.refined`: files of text take anything."""
        if self._format == "parquet" and column.holds != Type("NULL"):
            return column.holds
        if column.name in self._texts and source.name in (*NUMBERS, "BOOLEAN") and not self._is_of_doubles(column.name):
            return TEXT  # beside texts it would be another value
        return TEXT if source.name == "TEXTUAL" else self.made(source)[1]

    def _is_of_doubles(self, name: str) -> bool:
        """All texts of a column are doubles that JSON has no numbers for."""
        assert self._existing is not None
        number = [c.name for c in self._existing.columns].index(name)
        each = [f"bool_and({{c}} IN {_NOT_FINITE})"]
        # Mostly the beginning shows that they are not.
        return all(
            holds is not False
            for most in (SAMPLE, None)
            for *_, holds in judged(self._existing, [number], each, self._existing.relation(most))
        )

    def limit(self, holds: Type) -> str | None:
        """See `Target.limit`."""
        if holds.name in ("DATE", "TIMESTAMP", "TIMESTAMPTZ"):
            return "isfinite({v})" if self._format == "parquet" else "year({v}) BETWEEN 1 AND 9999"
        if holds.name in ("DOUBLE", "FLOAT") and self._format == "jsonl":
            return "isfinite({v})"
        return None

    def stored(self, assignment: Assignment) -> str:
        """See `Target.stored`."""
        holds = assignment.holds
        if self._format == "csv":
            if holds.name == "BLOB":
                return "'\\x' || lower(hex({v}))"
            return "CAST({v} AS VARCHAR)"
        if self._format == "jsonl":
            if holds.name == "BLOB":
                return "'\\x' || lower(hex({v}))"
            # Readers take numbers for doubles: what one does not hold exactly is text.
            if holds.name == "DECIMAL" and (holds.precision or 0) > 15:
                text = "CAST({v} AS VARCHAR)"
                if holds.length is None:
                    return text
                # Found out of texts, of which each tells how long it is.
                is_short = f"length(regexp_replace({text}, '[-.]', '', 'g')) <= 15"
                return f"CASE WHEN {is_short} THEN CAST({text} AS JSON) ELSE to_json({text}) END"
        return "CAST({v} AS JSON)" if holds.name == "JSON" else "{v}"

    def write(self, load: Load) -> Written:
        """See `Target.write`."""
        self.step = "write"
        if (before := self.loaded()) is not None:
            return Written(before, before=True)
        rewrites = load.plan.mode is Mode.MERGE or bool(load.added)
        replaces = load.plan.mode is not Mode.APPEND or rewrites
        if replaces:
            self._look_for_strangers()
        self._work.mkdir(parents=True, exist_ok=True)
        made = self._work / self._run
        self.engine.meter.enter(Phase.LOAD)
        rows = self._rewrite(load, made) if rewrites else self._copy(load, self._ordered(load), made)
        self.engine.meter.enter(Phase.COMMIT)
        sync(made)
        if self._table.exists():  # whoever may read the table may read what is new in it
            its = self._table.stat()
            open_as(made, its, 0o600 | its.st_mode & 0o044)
        self._note(rows)
        if replaces or not self._table.exists():
            self._exchange()
        else:
            made.rename(self._table / self._run)
            sync(self._table)
        return Written(rows)

    def loaded(self) -> int | None:
        """See `Target.loaded`."""
        if not (self._table / self._run).exists() and not (self._own / "done" / self.plan.run_id).exists():
            return None
        noted = self._own / "rows" / self.plan.run_id
        text = noted.read_text() if noted.exists() else ""
        return int(text) if text.isdigit() else 0

    def _note(self, rows: int) -> None:
        """How many rows this run loads, for a later try of it."""
        noted = self._own / "rows" / self.plan.run_id
        noted.write_text(str(rows))
        sync(noted)
        sync(noted.parent)

    def _look_for_strangers(self) -> None:
        if self._table.is_dir():
            for entry in self._table.iterdir():
                if entry.is_dir() or entry.suffix != f".{self._format}":
                    raise Fault("LOAD-FOLDER-FILES", f"{entry} is no file of the table", folder=str(self._table),
                                file=entry.name)  # fmt: skip

    def _copy(self, load: Load, select: str, made: Path) -> int:
        from destui.loads.failures import is_of_source

        statement = f"COPY ({select}) TO {literal(str(made))} ({_OPTIONS[self._format]})"
        try:
            found: list[tuple[Any, ...]] = self.engine.watched(
                lambda: self.engine.rows(statement), load.source.total_rows
            )
        except Exception as error:
            if str(made) not in str(error) and is_of_source(error, load.source):
                raise SourceFailed(error) from error
            raise
        self.engine.meter.rows = int(found[0][0])
        return self.engine.meter.rows

    def _ordered(self, load: Load) -> str:
        """The rows with all columns of the table, in its order."""
        if self._existing is None:
            return load.select()
        given = set(load.columns)
        values = [
            identifier(c.name) if c.name in given else f"CAST(NULL AS {_kept(c.type)}) AS {identifier(c.name)}"
            for c in self._existing.columns
        ]
        return f"SELECT {', '.join(values)} FROM ({load.select()})"

    def _rewrite(self, load: Load, made: Path) -> int:
        """Write the rows that are there and those that come into one file."""
        rows = self._stage(load)
        self.engine.meter.enter(load.moving)
        merges = load.plan.mode is Mode.MERGE
        keys = self._keys(load) if merges else {}
        if merges:
            KeyCheck(load, f"{_STAGE} AS s", lambda key: keys[key][1], "{c}").run(self.engine.rows)
        if self._existing is None:
            self._copy(load, f"FROM {_STAGE}", made)
            return rows
        old, new = self._columns_of_both(load, self._existing)
        if load.plan.mode is Mode.REPLACE:
            self._copy(load, f"SELECT {new} FROM {_STAGE} AS s", made)
            return rows
        if merges:
            # Two joins, beside what each thread has ready for the file: now and then that was more than is given.
            self.engine.use_one_thread()
        there = self._existing.relation()
        same = " AND ".join(f"{its} = {coming}" for its, coming in keys.values())
        joined = f" LEFT JOIN {_STAGE} AS s ON {same}" if merges else ""
        # By NOT EXISTS each row would be compared with each.
        fresh = f" ANTI JOIN {self._existing.relation()} AS t ON {same}" if merges else ""
        self._copy(
            load, f"SELECT {old} FROM {there} AS t{joined} UNION ALL SELECT {new} FROM {_STAGE} AS s{fresh}", made
        )
        return rows

    def _columns_of_both(self, load: Load, existing: Source) -> tuple[str, str]:
        """What is written of a row `t` that is there, which one `s` with its key may change, and of one that is new."""
        merges = load.plan.mode is Mode.MERGE
        number = {c.name: n for n, c in enumerate(existing.columns)}
        kinds = {str(row[0]): str(row[1]) for row in self.engine.rows(f"DESCRIBE {_STAGE}")}
        old, new = [], []
        for name in [*number, *(name for name in load.columns if name not in number)]:
            kind = _kept(existing.columns[number[name]].type) if name in number else kinds[name]
            before = f"t.c{number[name]}" if name in number else f"CAST(NULL AS {kind})"
            now = f"s.{identifier(name)}" if name in kinds else f"CAST(NULL AS {kind})"
            if kind == "JSON":  # its carrier is text, which would be written as one
                before = f"CAST({before} AS JSON)"
            if self.by_kind and kinds.get(name, kind) != kind:
                before, now = f"to_json({before})", f"to_json({now})"
            both = f"CASE WHEN s.{identifier(load.keys[0])} IS NULL THEN {before} ELSE {now} END" if merges else before
            old.append(f"{both if name in kinds else before} AS {identifier(name)}")
            new.append(f"{now} AS {identifier(name)}")
        return ", ".join(old), ", ".join(new)

    def _keys(self, load: Load) -> dict[str, tuple[str, str]]:
        """For each key, of a row `t` that is there and of one `s` that comes, what is equal where it is the same."""
        found = {}
        number = {c.name: n for n, c in enumerate(self._existing.columns)} if self._existing is not None else {}
        for assignment in map(load.assigned, load.plan.key):
            name = assignment.column.name
            its, comes = self._kinds_of_key(load, assignment, number.get(name))
            found[name] = comparable((f"t.c{number.get(name)}", its), (f"s.{identifier(name)}", comes))
        return found

    def _kinds_of_key(self, load: Load, assignment: Assignment, number: int | None) -> tuple[Type, Type]:
        """What a key holds there and in the rows that come; where that is told by nothing, as it is written."""
        comes = assignment.source.type if assignment.source.type.name in NUMBERS else assignment.holds
        its = self._existing.columns[number].type if self._existing is not None and number is not None else comes
        if self._format == "parquet":
            return TEXT, TEXT  # of one type
        if self._format == "jsonl":
            return _json(its), _json(comes) if load.source.files else comes
        if self._existing is not None and assignment.source.type.name == "TEXTUAL":
            comes = written_as(self.engine.rows, _STAGE, identifier(assignment.column.name))
            if comes is not TEXT:
                return written_as(self.engine.rows, self._existing.relation(), f"c{number}"), comes
        return (EXACT, comes) if comes.name in NUMBERS else (TEXT, TEXT)

    def _stage(self, load: Load) -> int:
        try:
            statement = f"CREATE OR REPLACE TEMPORARY TABLE {_STAGE} AS {load.select()}"
            self.engine.watched(lambda: self.engine.rows(statement), load.source.total_rows)
        except Exception as error:
            raise SourceFailed(error) from error
        self.engine.meter.rows = int(self.engine.rows(f"SELECT count(*) FROM {_STAGE}")[0][0])
        return self.engine.meter.rows

    def _exchange(self) -> None:
        """Put the new folder where the old one is, at once; then remove the old one."""
        sync(self._work)
        for file in self._files():  # what they say of their runs goes with them
            (self._own / "done" / file.stem).touch()
        sync(self._own / "done")
        self._table.parent.mkdir(parents=True, exist_ok=True)
        if self._table.exists():
            its = self._table.stat()
            open_as(self._work, its, stat.S_IMODE(its.st_mode))
            exchange(self._work, self._table, self._aside)
            shutil.rmtree(self._work, ignore_errors=True)
            settle(self._table, self._aside)
        else:
            self._work.rename(self._table)
        sync(self._table.parent)

    def undo(self) -> None:
        """See `Target.undo`."""
        if self._lock >= 0:
            settle(self._table, self._aside)
            shutil.rmtree(self._work, ignore_errors=True)

    def tidy(self) -> None:
        """See `Target.tidy`."""
        for marker in (*(self._own / "done").iterdir(), *(self._own / "rows").iterdir()):
            if time.time() - marker.stat().st_mtime > KEPT_DAYS * 86_400:
                marker.unlink(missing_ok=True)

    def close(self) -> None:
        """See `Target.close`."""
        with suppress(Exception):
            self.undo()
        if self._lock >= 0:
            os.close(self._lock)


def _json(kind: Type) -> Type:
    """Of numbers in JSON those that only its text holds, as the JSON they are."""
    return Type("JSON") if kind.name == "NUMBER" else kind


def _kept(kind: Type) -> str:
    """As what a column's values are written again."""
    return {"JSON": "JSON", "NULL": '"NULL"'}.get(_json(kind).name, kind.carrier)


TARGET = FolderTarget
