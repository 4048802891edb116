"""Only days that time will change are in the index of due ones, and frequent changes leave other indexes alone.

Frozen: what is written here was released.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_IS_TO_CHANGE = "next_moment IS NOT NULL"


def upgrade() -> None:
    """Make the index anew; on PostgreSQL pages filled from now on keep room for another version of each row."""
    op.drop_index("expected_day_due", "expected_day")
    op.create_index(
        "expected_day_due", "expected_day", ["next_moment"],
        sqlite_where=sa.text(_IS_TO_CHANGE), postgresql_where=sa.text(_IS_TO_CHANGE),
    )  # fmt: skip
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE participant SET (fillfactor = 50)")
        op.execute("ALTER TABLE device SET (fillfactor = 50)")
