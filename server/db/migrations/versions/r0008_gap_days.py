"""Evenings without an entry, and corrections asked for, are found fast. Frozen: what is written here was released."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_IS_GAP = "state IN ('missed', 'unknown')"
_IS_SOUGHT = "kind IN ('correction_requested', 'excused', 'status')"


def upgrade() -> None:
    """Add two indexes."""
    op.create_index(
        "expected_day_gaps", "expected_day", ["diary_day", "participant", "instrument", "state"],
        sqlite_where=sa.text(_IS_GAP), postgresql_where=sa.text(_IS_GAP),
    )  # fmt: skip
    op.create_index(
        "facts_sought", "participant_fact", ["kind", "participant"],
        sqlite_where=sa.text(_IS_SOUGHT), postgresql_where=sa.text(_IS_SOUGHT),
    )  # fmt: skip
