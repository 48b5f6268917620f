"""`destui load preview`."""

from __future__ import annotations

import math
from typing import Any

from destui.cli.arguments import Arguments
from destui.cli.ladders import diagnosis_document, print_diagnosis
from destui.cli.load_change import draft_of
from destui.cli.load_output import reading_document, reading_words
from destui.cli.output import print_columns, print_json, warn
from destui.cli.session import open_session
from destui.domain.errors import DestuiError
from destui.domain.loads import LineProblem, Preview, check_plan
from destui.domain.orders import OrderDraft
from destui.domain.safe import visible
from destui.domain.units import count
from destui.services import browse
from destui.services.context import Context

NULL = "NULL"


def run_preview(arguments: Arguments) -> int:
    """Have the worker look at a source as an order would read it, and print it; 1 when a run would fail."""
    destination, table, source = arguments.names(3, 3, "DESTINATION TABLE SOURCE")
    ctx = open_session(to_change=True)
    from destui.services import loads

    if (sentence := loads.missing_packages(ctx)) is not None:
        raise DestuiError(sentence)
    draft = draft_of(OrderDraft(browse.find(ctx, destination).id, "", source, table), arguments)
    check_plan(draft.mode, draft.key, draft.table)
    found = _look(ctx, draft)
    if arguments.flag("json"):
        print_json(_document(found))
    else:
        _print(found)
    return 0 if found.diagnosis is None else 1


def _look(ctx: Context, draft: OrderDraft) -> Preview:
    from destui.services import load_sources

    preview_id = load_sources.preview_of(ctx, draft)
    try:
        found = load_sources.wait_for_preview(ctx, preview_id, math.inf)
    except BaseException:  # also ctrl+c: nobody waits for it any more
        load_sources.cancel_preview(ctx, preview_id)
        raise
    assert found is not None  # without end, it is waited for
    return found


def _document(found: Preview) -> dict[str, Any]:
    return {
        "columns": [{"name": c.name, "type": c.type, "source_type": c.source_type or None} for c in found.columns],
        "rows": [list(row) for row in found.rows],
        "problems": [{"file": p.file or None, "line": p.line or None, "sentence": p.sentence} for p in found.problems],
        "table_exists": found.table_exists,
        "reading": reading_document(found.options),
        "files": found.files,
        "bytes": found.total_bytes,
        "total_rows": found.total_rows,
        "diagnosis": diagnosis_document(found.diagnosis),
    }


def _print(found: Preview) -> None:
    if found.columns:
        heads = [[c.name for c in found.columns], [c.type for c in found.columns]]
        rows = [*heads, *(map(_shown, row) for row in found.rows)]
        print_columns([[visible(text) for text in row] for row in rows])
        print(f"\n{_summary(found)}")
    for problem in found.problems:
        warn(_where(problem) + problem.sentence)
    if found.diagnosis is not None:
        print_diagnosis(found.diagnosis)


def _shown(value: str | None) -> str:
    """NULL is told from the text of that name, which is quoted."""
    return NULL if value is None else f'"{value}"' if value == NULL else value


def _summary(found: Preview) -> str:
    """`First 20 rows of 2 files, 3.0 MB, read as format csv; the table is there.`"""
    rows = f"First {count(len(found.rows), 'row')}" if found.rows else "There are no rows"
    read = f", read as {words}" if (words := reading_words(found.options)) else ""
    there = "is there, with these types" if found.table_exists else "will be made with these types"
    whole = f" of {found.extent}" if found.extent and found.rows else ""
    return f"{rows}{whole}{read}. The table {there}."


def _where(problem: LineProblem) -> str:
    if not problem.line:
        return ""
    return f"{problem.file}, line {problem.line:,}: " if problem.file else f"line {problem.line:,}: "
