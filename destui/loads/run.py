"""One run, from its plan to its result: open both sides, match their columns, write all of it or nothing."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from destui.connectors.base import Fault
from destui.domain.loads import LoadPlan, Phase, Progress, RunResult, RunState
from destui.domain.units import size
from destui.loads import failures
from destui.loads.engine import Engine, SourceFailed, missing_extra
from destui.loads.failures import reading
from destui.loads.fitting import fitted
from destui.loads.meter import Meter
from destui.loads.refused import of_server
from destui.loads.sources import Source, open_source
from destui.loads.targets.base import Load, Target, Written, open_target
from destui.loads.types import TEXT
from destui.loads.unread import looked_for


class _NotLoaded(Exception):
    """A run that was stopped has loaded nothing before."""


class Run:
    """One run in this process. `folder` is its own, for what it puts aside."""

    def __init__(self, plan: LoadPlan, folder: Path, tell: Callable[[Progress], None]) -> None:
        self.plan = plan
        self.meter = Meter(tell, folder)
        self._folder = folder
        self._engine: Engine | None = None
        self._source: Source | None = None
        self._target: Target | None = None

    def run(self) -> RunResult:
        """Do it, blocking. Whatever goes wrong is in the result."""
        try:
            return self._done(self._load())
        except _NotLoaded:
            return RunResult(RunState.STOPPED)
        except Exception as error:
            return self._failed(error)
        finally:
            self._close()

    def interrupt(self) -> None:
        """End what the engine and the target are doing, from another thread."""
        if self._engine is not None:
            self._engine.interrupt()
        if self._target is not None:
            with suppress(Exception):
                self._target.abort()

    def _load(self) -> tuple[Written, Load | None]:
        if sentence := missing_extra():
            raise Fault("LOAD-EXTRA", sentence)
        self.meter.tell(force=True)
        self._engine = Engine(self._folder, self.meter, is_run=not self.plan.only_look)
        self._target = target = open_target(self._engine, self.plan)
        if self.plan.again:
            target.connect()
            target.prepare()
            if (rows := target.loaded()) is not None:
                return Written(rows, before=True), None
            if self.plan.only_look:
                raise _NotLoaded
            self._look(self._engine)
        else:
            self._connect_and_look(self._engine, target)
            target.prepare()
        assert self._source is not None
        return self._write(self._source, target)

    def _connect_and_look(self, engine: Engine, target: Target) -> None:
        """At once where the two have nothing in common: signing in waits for a server, or for Python's imports."""
        if self.plan.source_place is not None or not target.is_apart:
            target.connect()
            self._look(engine)
            return
        with ThreadPoolExecutor(1) as pool:
            looking = pool.submit(self._look, engine)
            try:
                target.connect()
            except BaseException:
                engine.give_up()
                raise
            looking.result()

    def _look(self, engine: Engine) -> None:
        """Open the source; some are looked through meanwhile."""
        self.meter.enter(Phase.LOOK)
        with reading(path=self.plan.source.path):
            self._source = source = open_source(engine, self.plan)
            if _is_same_file(self.plan):
                source.spool()
        self.meter.total_bytes, self.meter.total_rows = source.total_bytes, source.total_rows
        with reading(source):
            source.types(whole=False)
        engine.check_unpacked()

    def _write(self, source: Source, target: Target) -> tuple[Written, Load]:
        """Write with the types that the beginning of the source shows; where they do not hold, with those of all; a new
        column of which a value fits into none of the target's becomes text."""
        whole, as_text = False, set[str]()
        guessed: Load | None = None
        misfits: dict[str, str] = {}
        while True:
            table = target.columns()
            with reading(source):
                types = [
                    TEXT if column.name in as_text else kind
                    for column, kind in zip(source.columns, source.types(whole), strict=True)
                ]
            load = fitted(source, table, target, types)
            guessed = guessed or load
            target.may_write(load)
            try:
                written = target.write(load)
            except Exception as error:
                with suppress(Exception):
                    target.undo()
                found = self._misfit(load, error)
                # Another load may have made the table since it was looked for: then it is looked at again.
                again = found.facts.get("is_new") if found is not None else table is None and _is_there(target)
                column = found.facts.get("column", "") if found is not None and whole else ""
                if not again or (whole and (not column or column in as_text)):
                    raise (SourceFailed(found) if found is not None else of_server(error, load) or error) from error
                whole = True
                if column:
                    as_text.add(column)
                if found is not None:
                    misfits[found.facts.get("column", "")] = "{value} {where}".format_map(found.facts)
                self.meter.enter(Phase.LOOK)
                source.engine.use_all_threads()
            else:
                if not written.before:
                    written.warnings += [*source.doubts(), *_other_types(guessed, load, misfits)]
                    with suppress(Exception):
                        target.tidy()
                return written, load

    def _misfit(self, load: Load, error: Exception) -> Fault | None:
        """What an error of reading means, which may have come through a driver."""
        inner = error.error if isinstance(error, SourceFailed) else error
        code = inner.code if isinstance(inner, Fault) else getattr(inner, "sqlstate", None)
        if code is not None:
            # The target counts the lines that it is sent, and not those of the source.
            return load.zero() if code in failures.ZERO else None
        if (found := load.misfit(inner)) is not None:
            return found
        unread = failures.of_reading_source(inner, load.source)
        return unread and looked_for(unread, load.source)

    def _done(self, outcome: tuple[Written, Load | None]) -> RunResult:
        written, load = outcome
        added = tuple(c.name for c in load.added) if load is not None and not written.before else ()
        return RunResult(
            RunState.DONE, written.rows, self.meter.total_bytes or 0, round(self.meter.seconds, 3), added,
            peak_memory=peak(), peak_disk=self._disk(), warnings=tuple(written.warnings),
        )  # fmt: skip

    def _failed(self, error: Exception) -> RunResult:
        error = self._engine.cause(error) if self._engine is not None else error
        of_source = isinstance(error, SourceFailed)
        side = self._source if of_source else self._target
        facts = dict(side.facts) if side is not None else {}
        facts |= {"aside": size(self._disk()), "runs": str(self._folder.parent)}
        diagnosis, of_source = failures.tell(error, self.plan, side.step if side is not None else "open", facts)
        return RunResult(
            RunState.FAILED, 0, self.meter.bytes, round(self.meter.seconds, 3),
            diagnosis=failures.hidden(diagnosis, self.plan), of_source=of_source, peak_memory=peak(),
            peak_disk=self._disk(),
        )  # fmt: skip

    def _disk(self) -> int:
        self.meter.measure()
        return self.meter.disk

    def _close(self) -> None:
        for side in (self._target, self._source):
            if side is not None:
                with suppress(Exception):
                    side.close()
        if self._engine is not None:
            with suppress(Exception):
                self._engine.connection.close()


def _other_types(guessed: Load, load: Load, misfits: Mapping[str, str]) -> Iterator[str]:
    """That new columns have other types than the first rows showed, as a preview has told them."""
    for before, now in zip(guessed.assignments, load.assignments, strict=True):
        if before.column.declared != now.column.declared:
            why = f": {misfits[now.source.name]}" if now.source.name in misfits else ""
            yield f"The column {now.column.name} is {now.column.declared}, and not {before.column.declared}{why}."


def _is_there(target: Target) -> bool:
    """The table exists now, as far as can still be told. What the target was doing stays what it was."""
    step = target.step
    try:
        return target.columns() is not None
    except Exception:
        return False
    finally:
        target.step = step


def _is_same_file(plan: LoadPlan) -> bool:
    """The source lies in the very file that is written: read to its end before it changes."""
    place = plan.source_place
    if place is None or place.type != plan.target.type or place.type not in ("sqlite", "duckdb"):
        return False
    return Path(str(place.fields["path"])).resolve() == Path(str(plan.target.fields["path"])).resolve()


def peak() -> int:
    """The most memory that this process has used, in bytes."""
    with suppress(OSError):  # Linux; getrusage would count what the process that started this one had
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024
