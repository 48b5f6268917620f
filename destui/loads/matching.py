"""Which column of a table takes which of a source, and in which type; or why there is none."""

from __future__ import annotations

from collections.abc import Sequence

from destui.connectors.base import Fault
from destui.loads.sources import Source, SourceColumn
from destui.loads.targets.base import Assignment, Load, TableColumn, Target
from destui.loads.types import Fit, Type, fit


def match(source: Source, table: Sequence[TableColumn] | None, target: Target, types: Sequence[Type]) -> Load:
    """Find for each column of the source its place in the table. Raises Fault with all that does not fit."""
    plan = target.plan
    _check_key_of(source, plan.key)
    if table is None:
        check_folding(source, target)
    known = {_key(column.name, target): column for column in table or ()}
    found: list[Assignment] = []
    missing: list[TableColumn] = []
    for number, (column, kind) in enumerate(zip(source.columns, types, strict=True)):
        there = known.get(_key(column.name, target))
        is_new = there is None
        if there is None:
            _check_case(source, column.name, table or (), target)
            target.check_length(column.name, "LOAD-COLUMN-LONG")
            declared, holds = target.made(kind)
            there = TableColumn(column.name, declared, holds)
            if table is not None:
                missing.append(there)
        holds, fitting = _fitting(column, kind, there, target, is_new)
        found.append(Assignment(number, column, there, holds, fitting, is_new))
    if missing and not plan.add_columns:
        code, facts = "LOAD-COLUMNS" if target.has_statements else "LOAD-COLUMNS-FILES", target.lacking(missing)
        raise Fault(code, f"the table {plan.table} has no column {facts['columns']}", table=plan.table, **facts)
    load = Load(plan, source, tuple(found), table is None, target.stored, target.as_text)
    _check_filled(load, table or (), target)
    _check_keys(load)
    return load


def _key(name: str, target: Target) -> str:
    return name.lower() if target.folds_case else name


def _check_case(source: Source, name: str, table: Sequence[TableColumn], target: Target) -> None:
    """Refuse a column that the table has in other capitals: beside it, what is there would stay empty. Raises Fault."""
    names = {column.name for column in source.columns}
    for column in table:
        if column.name.lower() == name.lower() and column.name not in names:
            words = f"the table {target.plan.table} has the column {column.name}, and none {name}"
            raise Fault("LOAD-COLUMN-CASE", words, column=name, alike=column.name, table=target.plan.table)


def check_folding(source: Source, target: Target) -> None:
    """Refuse columns that are one for the target. Raises Fault."""
    if target.folds_case:
        seen: dict[str, str] = {}
        for column in source.columns:
            if (other := seen.setdefault(column.name.lower(), column.name)) != column.name:
                raise Fault(
                    "LOAD-COLUMN-TWICE", f"{other} and {column.name} are one column there", column=column.name,
                    file=source.name,
                )  # fmt: skip


def _fitting(column: SourceColumn, kind: Type, there: TableColumn, target: Target, is_new: bool) -> tuple[Type, Fit]:
    is_plain = column.type.name == "TEXTUAL" and not target.by_kind
    holds = target.refined(there, column.type if is_plain else kind)
    if there.generated or holds is None:
        what = f"{there.declared}, which the table itself fills in" if there.generated else there.declared
        raise Fault(
            "LOAD-COLUMN-CLOSED", f"nothing can be loaded into {there.name} {what}", column=there.name, type=what,
        )  # fmt: skip
    found = fit(column.type, holds)
    if found is None and holds.is_text and (is_new or target.made(kind)[1].is_text):
        found = Fit("CAST({c} AS VARCHAR)")  # the target itself keeps such values as text
    if found is None:
        raise Fault(
            "LOAD-TYPE", f"{column.name} is {column.type}, and the table's column is {there.declared or holds}",
            column=column.name, source_type=str(column.type), type=there.declared or str(holds),
        )  # fmt: skip
    return holds, found.also(target.limit(holds))


def _check_filled(load: Load, table: Sequence[TableColumn], target: Target) -> None:
    filled = {_key(name, target) for name in load.columns}
    if len(filled) < len(load.columns):
        check_folding(load.source, target)
    left = [c.name for c in table if c.required and not c.generated and _key(c.name, target) not in filled]
    if left:
        raise Fault(
            "LOAD-REQUIRED", f"the source has no column for {', '.join(left)}, which may not be empty",
            columns=", ".join(left), table=load.plan.table,
        )  # fmt: skip


def _check_key_of(source: Source, key: Sequence[str]) -> None:
    names = [column.name for column in source.columns]
    for name in key:
        if name not in names:
            raise Fault(
                "LOAD-KEY-COLUMN", f"the source has no column {name}", column=name, columns=", ".join(names),
            )  # fmt: skip


def _check_keys(load: Load) -> None:
    for key in load.plan.key:
        if load.assigned(key).is_new and not load.makes_table:
            raise Fault("LOAD-KEY-COLUMN", f"the table has no column {key}", column=key, columns=load.plan.table)
