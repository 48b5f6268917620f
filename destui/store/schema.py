"""The tables. The migrations make them; a test holds both against each other."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

metadata = MetaData()

# SQLite numbers rows by itself only under this very type.
_ROWID = BigInteger().with_variant(Integer, "sqlite")
_LIVE = text("deleted_at IS NULL")
_TRASHED = text("deleted_at IS NOT NULL")
_OPEN_RUN = text("state IN ('queued', 'waiting', 'running')")
_OPEN = text("state IN ('queued', 'claimed')")

destinations = Table(
    "destinations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),  # the name as it sorts and is searched
    Column("type", Text, nullable=False),
    Column("fields", Text, nullable=False),  # JSON object
    Column("tags", Text, nullable=False, server_default="[]"),  # JSON array
    Column("status", Text, nullable=False),
    Column("connected_by", Text, nullable=False),
    Column("host", Text, nullable=False, server_default=""),  # the host it is pinned to
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),  # rises with each change that people see
    Column("config", Integer, nullable=False, server_default="1"),  # rises with each swap of fields or secret
    Column("secret_id", String(32)),  # the ledger row in use
    Column("previous_secret_id", String(32)),
    Column("previous_fields", Text),  # JSON object; set: there is something to roll back to
    Column("check_id", String(32)),  # the newest check
    Column("diagnosed_by", String(32)),  # the check whose diagnosis made the status Error
    Column("failing_since", BigInteger),
    Column("next_check_at", BigInteger),
    Column("deleted_at", BigInteger),
    Column("deleted_by", Text),
    Index("ix_destinations_name", "name", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index("ix_destinations_by_name", "name_key", "id", sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index("ix_destinations_by_who", "connected_by", "id", sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index("ix_destinations_by_status", "status", "id", sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index("ix_destinations_by_updated", "updated_at", "id", sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index("ix_destinations_next_check", "next_check_at", sqlite_where=_LIVE, postgresql_where=_LIVE),
    # Partial: as a whole one it draws the lists away from the indexes that they are sorted by.
    Index("ix_destinations_deleted", "deleted_at", sqlite_where=_TRASHED, postgresql_where=_TRASHED),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", Text, nullable=False),  # check, rotation, draft, clean-up, load, preview
    Column("key", Text, nullable=False),  # at most one open job of a key
    Column("state", Text, nullable=False),  # queued, claimed, done
    Column("priority", Integer, nullable=False, server_default="0"),  # the higher, the sooner
    Column("cancel", Boolean, nullable=False, server_default=text("false")),
    Column("worker", String(64)),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("destination_id", String(32)),
    Column("check_id", String(32)),
    Column("run_id", String(32)),  # of a load: its run; of a preview: the preview
    Column("type", Text, nullable=False, server_default=""),
    Column("server", Text, nullable=False, server_default=""),  # the host name that the work goes to
    Column("pinned", Text, nullable=False, server_default=""),  # the host whose worker may do it
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Index("ix_jobs_open_key", "key", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_jobs_open", "state", "priority", "created_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_jobs_destination", "destination_id"),
    Index("ix_jobs_check", "check_id"),
    Index("ix_jobs_run", "run_id"),
)

checks = Table(
    "checks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("destination_id", String(32), ForeignKey("destinations.id", ondelete="CASCADE")),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("fields", Text),  # JSON: the candidate's or draft's; empty: the destination's own
    Column("secret_id", String(32)),  # the candidate's or draft's; empty: the destination's own
    Column("config", Integer, nullable=False, server_default="0"),  # of the destination, when it was asked for
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("step", Text, nullable=False, server_default=""),  # the running one, with number and total
    Column("number", Integer, nullable=False, server_default="0"),
    Column("total", Integer, nullable=False, server_default="0"),
    Column("waits_for", Text, nullable=False, server_default=""),  # why it does not go on, as a sentence
    Column("failed_step", Text),
    Column("code", Text),
    Column("causes", Text),  # JSON array
    Column("cause", Text),
    Column("fix", Text),
    Column("message", Text),
    Column("detail", Text, nullable=False, server_default="{}"),  # JSON object
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Index("ix_checks_destination", "destination_id", "created_at"),
    Index("ix_checks_created", "created_at"),
)

check_steps = Table(
    "check_steps",
    metadata,
    Column("check_id", String(32), ForeignKey("checks.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("ms", Integer),
    Column("message", Text, nullable=False, server_default=""),
    Column("started_at", BigInteger),
    Column("deadline", Integer),  # milliseconds
)

load_orders = Table(
    "load_orders",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),  # the name as it sorts
    Column("destination_id", String(32), ForeignKey("destinations.id", ondelete="CASCADE"), nullable=False),
    Column("source_id", String(32)),  # the destination that is read, where the source is one
    Column("source", Text, nullable=False),  # JSON object: path, or table or query, and how files are read
    Column("table_name", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("key_columns", Text, nullable=False, server_default="[]"),  # JSON array
    Column("add_columns", Boolean, nullable=False, server_default=text("false")),
    Column("cron", Text, nullable=False, server_default=""),  # empty: by hand
    Column("tz", Text, nullable=False, server_default="UTC"),
    Column("missed", Text, nullable=False, server_default="run"),
    Column("paused", Boolean, nullable=False, server_default=text("false")),
    Column("next_run_at", BigInteger),  # empty: by hand, or paused
    Column("host", Text, nullable=False, server_default=""),  # the host it is pinned to
    Column("by", Text, nullable=False),
    Column("run_id", String(32)),  # the newest run
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),  # with its destination, which may come back
    Index("ix_load_orders_name", "name", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index("ix_load_orders_by_name", "name_key", "id", sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index("ix_load_orders_due", "next_run_at", sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index("ix_load_orders_destination", "destination_id"),
    Index("ix_load_orders_source", "source_id"),
)

load_runs = Table(
    "load_runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("order_id", String(32), ForeignKey("load_orders.id", ondelete="CASCADE"), nullable=False),
    Column("destination_id", String(32), nullable=False),
    Column("state", Text, nullable=False),  # queued, waiting, running, done, failed, stopped
    Column("by", Text, nullable=False),
    Column("due_at", BigInteger),  # of a schedule: the time that it was due
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("plan", Text),  # JSON object: what the first attempt began with, to which it keeps; no secrets
    Column("secret_id", String(32)),  # ledger rows that it uses until it ends
    Column("source_secret_id", String(32)),
    Column("waits_for", Text, nullable=False, server_default=""),  # why it does not go on, as a sentence
    Column("phase", Text, nullable=False, server_default=""),
    Column("rows", BigInteger, nullable=False, server_default="0"),
    Column("bytes", BigInteger, nullable=False, server_default="0"),
    Column("total_bytes", BigInteger),
    Column("total_rows", BigInteger),  # as far as known; an estimate does
    Column("disk", BigInteger, nullable=False, server_default="0"),  # most bytes put aside on the way
    Column("rows_per_second", Float, nullable=False, server_default="0"),
    Column("columns_added", Text, nullable=False, server_default="[]"),  # JSON array
    Column("warnings", Text, nullable=False, server_default="[]"),  # JSON array of sentences
    Column("of_source", Boolean, nullable=False, server_default=text("false")),  # the diagnosis is about the source
    Column("failed_step", Text),
    Column("code", Text),
    Column("causes", Text),  # JSON array
    Column("cause", Text),
    Column("fix", Text),
    Column("message", Text),
    Column("driver_code", Text),
    Column("log", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Index("ix_load_runs_due", "order_id", "due_at", unique=True),
    Index("ix_load_runs_order", "order_id", "created_at"),
    Index("ix_load_runs_open", "state", sqlite_where=_OPEN_RUN, postgresql_where=_OPEN_RUN),
)

load_previews = Table(
    "load_previews",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("destination_id", String(32), ForeignKey("destinations.id", ondelete="CASCADE"), nullable=False),
    Column("source_id", String(32)),
    Column("plan", Text, nullable=False),  # JSON object
    Column("result", Text),  # JSON object; empty: not yet
    Column("created_at", BigInteger, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", _ROWID, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("destination_id", String(32)),
    Column("name", Text, nullable=False, server_default=""),
    Column("detail", Text, nullable=False, server_default=""),
    Column("version", Integer),  # of the destination after it
    Index("ix_events_destination", "destination_id", "id"),
)

settings = Table(
    "settings",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("destination_id", String(32)),
    Column("state", Text, nullable=False),  # pending, current, previous, discarded
    Column("names", Text, nullable=False),  # JSON array: which secret fields it holds, never their values
    Column("ciphertext", LargeBinary),  # under the sealed backend
    Column("created_at", BigInteger, nullable=False),
    Index("ix_secrets_destination", "destination_id"),
    Index("ix_secrets_state", "state", "created_at"),
)

workers = Table(
    "workers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("birth", Text, nullable=False),  # the process's start, as the system tells it: a pid alone may be reused
    Column("version", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("beat_at", BigInteger, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("seq", _ROWID, primary_key=True, autoincrement=True),
    Column("entity", Text, nullable=False),
    Column("row_id", Text, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)
