"""A look at what a load order would do: first rows, columns with their types, what is wrong. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from destui.connectors.base import Fault
from destui.domain.loads import Column, FileOptions, LineProblem, LoadPlan, Preview
from destui.domain.units import size
from destui.loads import failures
from destui.loads.detect import SAMPLE, oddities
from destui.loads.engine import Engine, SourceFailed, identifier, missing_extra
from destui.loads.failures import reading
from destui.loads.fitting import fitted
from destui.loads.meter import Meter, put_aside
from destui.loads.sources import Source, open_source, text_of
from destui.loads.targets.base import Load, TableColumn, Target, open_target, read
from destui.loads.targets.checks import KeyCheck
from destui.loads.types import Type

ROWS = 20
_WIDE = 400
"""Columns that are read by one statement."""
_NO_TABLE = "_destui_preview"
"""Looked for where no table is named yet: there is none."""


def preview(plan: LoadPlan, folder: Path) -> Preview:
    """See `destui.loads.process.preview`, which calls this in a process of its own."""
    look = _Look(plan if plan.table else replace(plan, table=_NO_TABLE), folder)
    try:
        look.take()
    except Exception as error:
        look.fail(error)
    finally:
        with suppress(Exception):
            look.list_tables()
        look.close()
    return look.found


class _Look:
    """What is found out step by step: whatever fails, what was seen before it is shown."""

    def __init__(self, plan: LoadPlan, folder: Path) -> None:
        self.found = Preview(options=plan.source.options)
        self._plan = plan
        self._engine: Engine | None = None
        self._folder = folder
        self._source: Source | None = None
        self._target: Target | None = None

    def take(self) -> None:
        """Look at the source, then at the table, then at how they go together; where no source is named, at
        the tables alone, and whether its own may be made. Raises whatever goes wrong."""
        if sentence := missing_extra():
            raise Fault("LOAD-EXTRA", sentence)
        self._engine = engine = Engine(self._folder, Meter(lambda progress: None), is_run=False)
        if not (self._plan.source.path or self._plan.source.destination):
            self._connect(engine).may_prepare()
            return
        with reading(path=self._plan.source.path):
            self._source = source = open_source(engine, self._plan)
        self.found = replace(self.found, options=getattr(source, "options", FileOptions()))
        problems: list[LineProblem] = []
        with suppress(Exception):
            problems = source.problems()
        self.found = replace(self.found, problems=tuple(problems))
        with reading(source):
            types = source.types(False)
            self._show(types, [])
            with suppress(Exception):
                self.found = replace(self.found, problems=(*problems, *oddities(source, types)))
            rows = self._read(engine, source)
        self._show_rows(rows, types)
        self._measure(source, len(rows))
        target = self._connect(engine)
        table = target.columns()
        self.found = replace(self.found, table_exists=table is not None)
        load = fitted(source, table, target, types)
        self._show(types, [a.column for a in load.assignments])
        self._show_rows(rows, [a.holds for a in load.assignments])
        if self._plan.key:
            self._check_keys(engine, load)
        with reading(source):
            if not target.takes_zero and source.files and (zero := load.zero(SAMPLE)) is not None:
                raise zero
        target.may_prepare()
        target.may_write(load)

    def _check_keys(self, engine: Engine, load: Load) -> None:
        """Of the source's beginning what a merge would refuse. Raises Fault."""
        keys = [load.assigned(name) for name in self._plan.key]
        values = ", ".join(f"{read(load.source, a)} AS {identifier(a.column.name)}" for a in keys)
        rows = f"(SELECT {values} FROM {load.source.relation(SAMPLE)}) s"
        with reading(load.source):
            KeyCheck(load, rows, identifier, "CAST({c} AS VARCHAR)").run(engine.rows)

    def _read(self, engine: Engine, source: Source) -> list[tuple[str | None, ...]]:
        """The first rows: each value as it stands there, and behind those each without the words for NULL."""
        many = range(len(source.columns))
        each = [f"CAST({value} AS VARCHAR)" for value in (*(f"c{n}" for n in many), *map(source.null_free, many))]
        parts = []
        for start in range(0, len(each), _WIDE):  # thousands of columns at once do not fit into memory
            selected = ", ".join(each[start : start + _WIDE])
            parts.append(engine.rows(f"SELECT {selected} FROM {source.relation(ROWS)}")[:ROWS])
        return [tuple(text_of(value) for part in parts for value in part[n]) for n in range(len(parts[0]))]

    def _measure(self, source: Source, shown: int) -> None:
        """How large the source is, as far as that is known without reading it."""
        total, estimated = source.total_rows, source.rows_estimated
        if shown < ROWS:
            total, estimated = shown, False
        self.found = replace(
            self.found, files=source.files, total_bytes=source.total_bytes, total_rows=total, rows_estimated=estimated
        )

    def _connect(self, engine: Engine) -> Target:
        self._target = target = open_target(engine, self._plan)
        target.connect()
        return target

    def list_tables(self) -> None:
        """The tables that there are, also where the source is not as it should be."""
        if self._engine is not None:
            target = self._target or self._connect(self._engine)
            self.found = replace(self.found, tables=tuple(target.tables()))

    def _show(self, types: tuple[Type, ...], table: list[TableColumn]) -> None:
        assert self._source is not None
        declared = [c.declared or str(kind) for c, kind in zip(table, types, strict=False)] or [
            str(kind) for kind in types
        ]
        columns = zip(self._source.columns, types, declared, strict=True)
        shown = tuple(Column(column.name, there, str(kind)) for column, kind, there in columns)
        self.found = replace(self.found, columns=shown)

    def _show_rows(self, rows: Sequence[tuple[str | None, ...]], holds: Sequence[Type]) -> None:
        """The first rows as the columns will hold them; `rows` have each value as it stands there, and behind those
        each without the words that are NULL in columns that are not text."""
        assert self._source is not None
        many = len(holds)
        as_text = [
            c.type.name != "TEXTUAL" or kind.is_text for c, kind in zip(self._source.columns, holds, strict=True)
        ]
        chosen = [n if as_text[n] else many + n for n in range(many)]
        self.found = replace(self.found, rows=tuple(tuple(row[n] for n in chosen) for row in rows))

    def fail(self, error: Exception) -> None:
        """Keep why it went no further; one about a line of a file is shown with the other problems too."""
        error = self._engine.cause(error) if self._engine is not None else error
        side = self._source if isinstance(error, SourceFailed) else self._target
        facts, step = (dict(side.facts), side.step) if side is not None else ({}, "open")
        facts |= {"aside": size(put_aside(self._folder)), "runs": str(self._folder.parent)}
        diagnosis, _ = failures.tell(error, self._plan, step, facts)
        self.found = replace(self.found, diagnosis=failures.hidden(diagnosis, self._plan))
        inner = error.error if isinstance(error, SourceFailed) else error
        if isinstance(inner, Fault) and (line := inner.facts.get("line")) and line.isdigit():
            problem = LineProblem(diagnosis.cause, inner.facts.get("file", ""), int(line))
            known = {(p.file, p.line) for p in self.found.problems}
            if (problem.file, problem.line) not in known:
                self.found = replace(self.found, problems=(*self.found.problems, problem))

    def close(self) -> None:
        """Let go of both sides."""
        for side in (self._target, self._source):
            if side is not None:
                with suppress(Exception):
                    side.close()
