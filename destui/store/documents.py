"""Destinations as `destui list --json` prints them, straight from the rows.

Scripts call this often and wait for the start of Python, so it loads as little as it can: no dataclasses, no
SQLAlchemy.
"""

from __future__ import annotations

from json import loads
from os import kill
from pathlib import Path
from time import gmtime, strftime, time

TYPE_CHECKING = False  # `typing` itself would cost its import
if TYPE_CHECKING:
    from typing import Any

    from destui.store.engine import Store

SHOWN = (
    "CASE WHEN r.status = 'error' AND r.number IS NULL AND r.diagnosed_by IS NOT NULL"
    " THEN r.diagnosed_by ELSE r.check_id END"
)
"""The check whose ladder is shown: what runs, else the failure that made the Error, else the last one."""
LOAD_ORDERS = "(SELECT count(*) FROM load_orders o WHERE o.destination_id = r.id AND o.deleted_at IS NULL)"
"""How many load orders load into it."""
MORE = "more"
"""What the detail of a check keeps beside its facts: what would tell its diagnosis's causes apart."""
_COLUMNS = (
    f"r.id, r.name, r.type, r.status, r.connected_by, r.updated_at, r.tags, r.fields, {SHOWN} AS shown,"
    f" {LOAD_ORDERS} AS load_orders"
)


def rfc3339(us: int) -> str:
    """Microseconds since 1970 as scripts read a time: UTC, to the millisecond."""
    seconds, rest = divmod(us, 1_000_000)
    return f"{strftime('%Y-%m-%dT%H:%M:%S', gmtime(seconds))}.{rest // 1000:03d}Z"


def lacks_worker(store: Store) -> bool:
    """Whether something may have to be done for which no worker of an embedded store is alive; as lightly as can be."""
    sql = (
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM jobs WHERE state IN ('queued', 'claimed'))"
        " OR EXISTS (SELECT 1 FROM load_orders WHERE next_run_at IS NOT NULL AND deleted_at IS NULL)"
    )
    if not store.is_sqlite or not store.fetch(sql):
        return False
    living = store.fetch("SELECT pid FROM workers WHERE lease_until >= :now", {"now": int(time() * 1_000_000)})
    return not any(_is_there(pid) for (pid,) in living)


def _is_there(pid: int) -> bool:
    """The lease of a worker that was killed runs on for a while."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state not in ("Z", "X")  # ended, and not buried yet
    except OSError:
        pass
    try:
        kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        pass
    return True


def destinations(
    store: Store, *, status: str | None = None, tag: str | None = None, name: str | None = None
) -> list[dict[str, Any]]:
    """Those with this status, tag and name, by name; see chapter "JSON" of the guide for the keys."""
    where, parameters = ["1 = 1"], {}
    if status is not None:
        where.append("r.status = :status")
        parameters["status"] = status
    if name is not None:
        where.append("r.name = :name")
        parameters["name"] = name
    sql = (
        "SELECT d.*, c.failed_step, c.code, c.causes, c.cause, c.fix, c.message, c.detail"  # noqa: S608
        f" FROM (SELECT {_COLUMNS}, r.name_key FROM destination_rows r WHERE {' AND '.join(where)}) d"
        " LEFT JOIN checks c ON c.id = d.shown ORDER BY d.name_key, d.id"
    )
    found = store.fetch(sql, parameters)
    if tag is not None:
        found = [row for row in found if tag in loads(row[6])]
    ladders = _ladders(store, [row[8] for row in found if row[8]])
    return [_document(row, ladders.get(row[8], [])) for row in found]


def _ladders(store: Store, checks: list[str]) -> dict[str, list[dict[str, Any]]]:
    ladders: dict[str, list[dict[str, Any]]] = {}
    sql = (
        "SELECT check_id, name, state, ms, message FROM check_steps"
        " WHERE check_id IN ({ids}) ORDER BY check_id, position"
    )
    for check, name, state, ms, message in store.fetch_by_ids(sql, checks):
        ladders.setdefault(check, []).append({"step": name, "result": state, "ms": ms, "message": message})
    return ladders


def _document(row: Any, ladder: list[dict[str, Any]]) -> dict[str, Any]:
    diagnosis = None
    if row[3] == "error" and row[12] is not None:
        diagnosis = {
            "step": row[11], "code": row[12], "causes": loads(row[13] or "[]"), "cause": row[14], "fix": row[15],
            "message": row[16], "tell_apart": loads(row[17] or "{}").get(MORE, ""),
        }  # fmt: skip
    return {
        "id": row[0],
        "name": row[1],
        "type": row[2],
        "status": row[3],
        "connected_by": row[4],
        "updated_at": rfc3339(row[5]),
        "tags": loads(row[6]),
        "fields": loads(row[7]),
        "load_orders": row[9],
        "diagnosis": diagnosis,
        "ladder": ladder,
    }
