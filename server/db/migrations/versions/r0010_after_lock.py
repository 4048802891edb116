"""What came after a lock is found fast, whatever else its day has. Frozen: what is written here was released.

A later version that came when its day was locked is noted when its day is graded next.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_IS_AFTER_LOCK = "after_lock_at IS NOT NULL"
_IS_LOCK = "kind = 'locked'"


def upgrade() -> None:
    """Add a column, filled where a day without an entry says it, and two indexes."""
    op.add_column("expected_day", sa.Column("after_lock_at", sa.BigInteger, nullable=True))
    op.execute("UPDATE expected_day SET after_lock_at = received_at WHERE state = 'unknown' AND reason = 'after_lock'")
    op.create_index(
        "expected_day_after_lock", "expected_day", ["participant", "after_lock_at"],
        sqlite_where=sa.text(_IS_AFTER_LOCK), postgresql_where=sa.text(_IS_AFTER_LOCK),
    )  # fmt: skip
    op.create_index(
        "facts_of_locks", "participant_fact", ["participant", "revision"],
        sqlite_where=sa.text(_IS_LOCK), postgresql_where=sa.text(_IS_LOCK),
    )  # fmt: skip
