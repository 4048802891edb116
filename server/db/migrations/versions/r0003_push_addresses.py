"""Where browsers take reminders. Frozen: what is written here was released."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add one table."""
    op.create_table(
        "push_address",
        sa.Column("device", sa.String, primary_key=True),
        sa.Column("participant", sa.String, nullable=False),
        sa.Column("endpoint", sa.String, nullable=False),
        sa.Column("p256dh", sa.String, nullable=False),
        sa.Column("auth", sa.String, nullable=False),
        sa.Column("set_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_push_address_participant", "push_address", ["participant"])
