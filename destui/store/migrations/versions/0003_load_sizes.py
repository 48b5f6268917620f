"""Load runs tell how many rows there are, and the disk that they need on the way."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("load_runs", sa.Column("total_rows", sa.BigInteger(), nullable=True))
    op.add_column("load_runs", sa.Column("disk", sa.BigInteger(), server_default="0", nullable=False))
