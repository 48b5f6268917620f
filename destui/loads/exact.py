"""What DuckDB reads out of Parquet with less in it than there is, and says nothing: decimals of more than 38 digits, as
doubles, and nanoseconds, where there is a time zone or in the old form INT96, which it cuts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from destui.connectors.base import Fault

if TYPE_CHECKING:
    import pyarrow as pa

_DIGITS = 38


def check_types(file: Path, opened: Any) -> list[str]:
    """The columns whose values are to be looked at by `check_values`. Raises Fault for a type that cannot be read."""
    leaves = (opened.schema.column(n) for n in range(len(opened.schema)))
    found = []
    for field in opened.schema_arrow:
        kinds = [_kind(next(leaves)) for _ in range(_leaves_of(field.type))]
        if "digits" in kinds:
            raise Fault(
                "LOAD-EXACT", f"{field.name} is {field.type}", file=str(file), column=field.name,
                found=f"decimals of more than {_DIGITS} digits",
                remedy=f"Make the file anew with at most {_DIGITS} digits in that column, or with texts.",
            )  # fmt: skip
        if "nanoseconds" in kinds:
            found.append(field.name)
    return found


def check_values(file: Path, names: list[str]) -> None:
    """Read all of these columns. Raises Fault where one of them has nanoseconds."""
    from pyarrow import parquet

    with (
        parquet.ParquetFile(file) as whole,
        parquet.ParquetFile(file, coerce_int96_timestamp_unit="us") as cut,
    ):
        pairs = zip(whole.iter_batches(columns=names), cut.iter_batches(columns=names), strict=True)
        for batch, as_read in pairs:
            for name in names:
                both = zip(_parts(batch.column(name)), _parts(as_read.column(name)), strict=True)
                if any(_differ(*parts) for parts in both):
                    raise Fault(
                        "LOAD-EXACT", f"{name} has nanoseconds, of which microseconds would be left", file=str(file),
                        column=name, found="times with nanoseconds",
                        remedy="Make the file anew with microseconds in that column, or with texts.",
                    )  # fmt: skip


def _kind(leaf: Any) -> str:
    logical = json.loads(leaf.logical_type.to_json())
    if logical["Type"] == "Decimal" and logical["precision"] > _DIGITS:
        return "digits"
    is_cut = logical["Type"] == "Timestamp" and logical["isAdjustedToUTC"] and logical["timeUnit"] == "nanoseconds"
    return "nanoseconds" if is_cut or leaf.physical_type == "INT96" else ""


def _leaves_of(kind: pa.DataType) -> int:
    return sum(_leaves_of(kind.field(n).type) for n in range(kind.num_fields)) if kind.num_fields else 1


def _parts(array: Any) -> Iterator[Any]:
    """The values in an array, of each kind that it is made of."""
    import pyarrow as pa

    if pa.types.is_struct(array.type):
        inner = array.flatten()
    elif pa.types.is_map(array.type):
        inner = [array.keys, array.items]
    elif pa.types.is_nested(array.type):
        inner = [array.flatten()]
    else:
        yield array
        return
    for part in inner:
        yield from _parts(part)


def _differ(whole: Any, as_read: Any) -> bool:
    """The same moments are others in microseconds. What is too far away for nanoseconds wraps in both."""
    import pyarrow as pa

    if not pa.types.is_timestamp(whole.type) or whole.type.unit != "ns":
        return False
    micro = as_read.cast(pa.timestamp("us", whole.type.tz), safe=False)
    return not micro.cast(whole.type, safe=False).equals(whole)
