"""What a load order reads: understood as it is typed, and looked at by the worker before it is saved."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from destui.domain.check import Diagnosis
from destui.domain.destination import Status
from destui.domain.errors import DestuiError, InvalidInput, NotFound, Problem
from destui.domain.loads import COMPRESSIONS, FORMATS, FileOptions, Mode, Preview, SourceSpec, parse_source
from destui.domain.orders import OrderDraft
from destui.loads import wire
from destui.loads.csv import wrong_options
from destui.services import status
from destui.services.changes import Watch
from destui.services.context import Context
from destui.services.destinations import get
from destui.store import jobs, load_orders, load_reading, load_runs, queueing
from destui.store.jobs import Kind

TARGETS = ("postgres", "mysql", "sqlite", "duckdb", "folder")
"""Types of destination that can be loaded into, and read."""


@dataclass(frozen=True)
class Source:
    """A source as it is understood: `destination_id` of the destination that is read; `host` where alone it can be."""

    spec: SourceSpec
    destination_id: str | None = None
    host: str = ""


def understand(ctx: Context, text: str, options: FileOptions | None = None, order_id: str | None = None) -> Source:
    """Read a source as it is typed; relative paths are made absolute. Files are those of this host; the ones that the
    order reads already stay those of theirs. Raises InvalidInput, on fields such as `source` and `encoding`."""
    options = options or FileOptions()
    check_options(options)
    known = {name: (identity, kind) for identity, name, kind in load_reading.names(ctx.store)}
    spec = parse_source(text, known, options)
    if spec.destination:
        identity, kind = known[spec.destination]
        if kind not in TARGETS:
            raise InvalidInput([Problem("source", f"There is nothing to read in {spec.destination} ({kind}).")])
        if kind == "folder" and spec.query:
            raise InvalidInput([Problem("source", "A folder has no queries: name a table of it, or files by a glob.")])
        return Source(spec, identity, get(ctx, identity).host)
    path = Path(spec.path).expanduser()
    head = spec.path.partition(":")[0]
    if head != spec.path and "/" not in head and not path.exists():
        sentence = f"There is no destination named {head}. A path that holds a colon begins with ./ or /."
        raise InvalidInput([Problem("source", sentence)])
    spec = replace(spec, path=str(path.absolute()))
    known_host = load_orders.host_of_files(ctx.store, order_id, spec.path) if order_id else ""
    return Source(spec, None, known_host or ctx.host)


def check_options(options: FileOptions) -> None:
    """Hold what files are read with against what there is. Raises InvalidInput with every problem found."""
    problems = []
    if options.format not in ("", *FORMATS):
        problems.append(Problem("format", f"Choose one of {', '.join(FORMATS)}, or leave it empty."))
    if options.compression not in ("", *COMPRESSIONS):
        problems.append(Problem("compression", "Choose one of gzip, zstd, none, or leave it empty."))
    problems += [Problem(option, sentence) for option, sentence in wrong_options(options)]
    try:
        "".encode(options.encoding)
    except (LookupError, ValueError):
        problems.append(Problem("encoding", "There is no encoding of this name. Give one such as utf-8 or cp1252."))
    if problems:
        raise InvalidInput(problems)


def preview(
    ctx: Context, destination_id: str, source: str, options: FileOptions | None = None, *, table: str = "",
    mode: Mode = Mode.APPEND, key: Sequence[str] = (), add_columns: bool = False, order_id: str | None = None,
) -> str:  # fmt: skip
    """Have the worker look at a source and the table that it would go into; returns the preview's id, whose result is
    told by the change of entity `preview`. Empty `source`: only for the tables that there are. Raises InvalidInput,
    NotFound."""
    found = understand(ctx, source, options, order_id) if source.strip() else Source(SourceSpec())
    target = get(ctx, destination_id)
    with ctx.store.write() as tx:
        preview_id = load_runs.add_preview(
            tx, found.spec, found.destination_id, destination_id, table.strip(), mode, key, add_columns
        )
        queueing.queue_preview(tx, preview_id, destination_id, target.host or found.host)
    ctx.wake_worker()
    return preview_id


def previewed(ctx: Context, preview_id: str) -> Preview | None:
    """What a preview shows; None while it is being made. Raises NotFound when it is no longer kept."""
    known, result = load_runs.preview_result(ctx.store, preview_id)
    if not known:
        raise NotFound("This preview is no longer kept. Look again.")
    if result is not None and (failed := result.get("failed")):
        return Preview(diagnosis=Diagnosis(**{**failed, "causes": tuple(failed["causes"])}))
    return None if result is None else wire.preview_from_json(result)


def cancel_preview(ctx: Context, preview_id: str) -> None:
    """Nobody waits for it any more."""
    with ctx.store.write() as tx:
        job = jobs.open_job(tx, Kind.PREVIEW, preview_id)
        if job is not None and not jobs.end_queued(tx, job.id):
            jobs.ask_to_cancel(tx, job.id)


def setup_trouble(ctx: Context, draft: OrderDraft, timeout: float = 10.0) -> Diagnosis | None:
    """Why a run of this order would fail, as far as a preview shows it: the source, its columns and the table's, the
    keys, the table by which no run loads twice. None where nothing stands against it, or that is not known within
    `timeout` seconds."""
    if get(ctx, draft.destination_id).status is not Status.ACTIVE:
        return None
    try:
        preview_id = preview_of(ctx, draft)
        found = wait_for_preview(ctx, preview_id, timeout)
    except DestuiError:
        return None  # nobody is there who could look
    if found is None:
        cancel_preview(ctx, preview_id)
    return found.diagnosis if found is not None else None


def preview_of(ctx: Context, draft: OrderDraft) -> str:
    """Have the worker look at what an order would do; see `preview`."""
    return preview(
        ctx, draft.destination_id, draft.source, draft.options, table=draft.table, mode=draft.mode, key=draft.key,
        add_columns=draft.add_columns, order_id=draft.order_id,
    )  # fmt: skip


def wait_for_preview(ctx: Context, preview_id: str, timeout: float) -> Preview | None:
    """The preview once it is made; None at the time-out (seconds). Raises DestuiError where nobody makes it."""
    watch = Watch(ctx)
    end = time.monotonic() + timeout
    try:
        while (found := previewed(ctx, preview_id)) is None and (left := end - time.monotonic()) > 0:
            if not watch.wait(min(left, 1.0)) and (sentence := status.worker_trouble(ctx)) is not None:
                raise DestuiError(sentence)
        return found
    finally:
        watch.close()
