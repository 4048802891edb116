"""Where a member of staff gets the morning's overview. Frozen: what is written here was released."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add one column."""
    op.add_column("account", sa.Column("email", sa.String, nullable=True))
