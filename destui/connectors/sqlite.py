"""SQLite: a database that is one file on one host."""

from __future__ import annotations

from destui.connectors.base import Climb, Connector, Run
from destui.domain.check import CLEAN_UP
from destui.domain.errors import NotNow
from destui.domain.fields import FieldKind, FieldSpec, TypeSpec

SPEC = TypeSpec(
    id="sqlite",
    label="SQLite",
    description="a file",
    fields=(
        FieldSpec(
            "path", "Path", FieldKind.PATH, required=True, section="Where", endpoint=True,
            help="a file on this host; the first load makes it where it does not exist",
        ),
    ),
    steps=("open", "create", "write", "read back", CLEAN_UP),
    url_schemes=("sqlite",),
    local=True,
)  # fmt: skip


class _Sqlite(Connector):
    spec = SPEC
    catalogue = ()
    unknown_code = "SQLITE-UNKNOWN"

    def climb(self, run: Run) -> Climb:
        raise NotNow(f"Checks of {SPEC.label} come with the next change.")


CONNECTOR = _Sqlite()
