"""Days without an entry are found by themselves, for the call list. Frozen: what is written here was released."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_IS_GAP = "state IN ('missed', 'unknown')"


def upgrade() -> None:
    """Add one index."""
    op.create_index(
        "expected_day_gaps", "expected_day", ["diary_day", "participant", "instrument", "state"],
        sqlite_where=sa.text(_IS_GAP), postgresql_where=sa.text(_IS_GAP),
    )  # fmt: skip
