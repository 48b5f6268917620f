"""Load orders, their runs and previews."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LIVE = sa.text("deleted_at IS NULL")
OPEN = sa.text("state IN ('queued', 'waiting', 'running')")


def upgrade() -> None:
    op.add_column("jobs", sa.Column("run_id", sa.String(length=32), nullable=True))
    op.create_index("ix_jobs_run", "jobs", ["run_id"], unique=False)
    op.create_table(
        "load_orders",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("destination_id", sa.String(length=32), nullable=False),
        sa.Column("source_id", sa.String(length=32), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("key_columns", sa.Text(), server_default="[]", nullable=False),
        sa.Column("add_columns", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("cron", sa.Text(), server_default="", nullable=False),
        sa.Column("tz", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("missed", sa.Text(), server_default="run", nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("next_run_at", sa.BigInteger(), nullable=True),
        sa.Column("host", sa.Text(), server_default="", nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("run_id", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["destination_id"], ["destinations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    _live("ix_load_orders_name", ["name"], unique=True)
    _live("ix_load_orders_by_name", ["name_key", "id"])
    _live("ix_load_orders_due", ["next_run_at"])
    op.create_index("ix_load_orders_destination", "load_orders", ["destination_id"], unique=False)
    op.create_index("ix_load_orders_source", "load_orders", ["source_id"], unique=False)
    op.create_table(
        "load_runs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("destination_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("secret_id", sa.String(length=32), nullable=True),
        sa.Column("source_secret_id", sa.String(length=32), nullable=True),
        sa.Column("waits_for", sa.Text(), server_default="", nullable=False),
        sa.Column("phase", sa.Text(), server_default="", nullable=False),
        sa.Column("rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), nullable=True),
        sa.Column("rows_per_second", sa.Float(), server_default="0", nullable=False),
        sa.Column("columns_added", sa.Text(), server_default="[]", nullable=False),
        sa.Column("warnings", sa.Text(), server_default="[]", nullable=False),
        sa.Column("of_source", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("failed_step", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("causes", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("fix", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("driver_code", sa.Text(), nullable=True),
        sa.Column("log", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["load_orders.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_load_runs_due", "load_runs", ["order_id", "due_at"], unique=True)
    op.create_index("ix_load_runs_order", "load_runs", ["order_id", "created_at"], unique=False)
    op.create_index("ix_load_runs_open", "load_runs", ["state"], unique=False, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "load_previews",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("destination_id", sa.String(length=32), nullable=False),
        sa.Column("source_id", sa.String(length=32), nullable=True),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["destination_id"], ["destinations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )


def _live(name: str, columns: list[str], *, unique: bool = False) -> None:
    op.create_index(name, "load_orders", columns, unique=unique, sqlite_where=LIVE, postgresql_where=LIVE)
