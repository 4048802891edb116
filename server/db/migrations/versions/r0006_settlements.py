"""How what was set aside is settled. Frozen: what is written here was released."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add one table."""
    op.create_table(
        "settlement",
        sa.Column("item", sa.String, primary_key=True),
        sa.Column("participant", sa.String, nullable=False),
        sa.Column("fact", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("instrument", sa.String, nullable=True),
        sa.Column("diary_day", sa.Date, nullable=True),
        sa.Column("on_time_until", sa.BigInteger, nullable=True),
    )
    op.create_index("ix_settlement_participant", "settlement", ["participant"])
