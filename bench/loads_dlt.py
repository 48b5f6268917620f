"""One load by dlt, in a Python of its own that has it installed: reads what to do as JSON from standard input.

Its best settings: Arrow tables from the file, Parquet between the steps, ADBC where dlt has it, no keys of its own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any


def main() -> None:
    """Load one file into one table."""
    order: dict[str, Any] = json.load(sys.stdin)
    os.environ.update(
        RUNTIME__DLTHUB_TELEMETRY="false", RUNTIME__LOG_LEVEL="CRITICAL",
        LOAD__DELETE_COMPLETED_JOBS="true", DATA_WRITER__FILE_MAX_ITEMS="250000",
        NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID="false", NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_ID="false",
    )  # fmt: skip
    import dlt
    import pyarrow as pa
    from pyarrow import csv

    kinds = {"amount": pa.decimal128(12, 2), "ordered_at": pa.timestamp("us")}

    def batches() -> Iterator[pa.Table]:
        read, convert = csv.ReadOptions(block_size=16 << 20), csv.ConvertOptions(column_types=kinds)
        for batch in csv.open_csv(order["csv"], read_options=read, convert_options=convert):
            yield pa.Table.from_batches([batch])

    disposition: Any = order["mode"]
    if order["mode"] == "merge":
        disposition = {"disposition": "merge", "strategy": "delete-insert", "deduplicated": True}
    rows = dlt.resource(
        batches, name="orders", write_disposition=disposition, primary_key="id" if order["mode"] == "merge" else None
    )
    given = {order["given"]: order["credentials"]} if order["given"] else {}
    pipeline = dlt.pipeline(
        "bench", pipelines_dir=order["folder"], dataset_name=order["dataset"],
        destination=getattr(dlt.destinations, order["destination"])(**given),
    )  # fmt: skip
    pipeline.run(rows(), loader_file_format=order["format"])


main()
