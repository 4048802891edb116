"""Since when an address is refused, beside the address. Frozen: what is written here was released."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column for the address and one for the number, both empty."""
    op.add_column("contact_detail", sa.Column("email_refused_at", sa.BigInteger, nullable=True))
    op.add_column("contact_detail", sa.Column("phone_refused_at", sa.BigInteger, nullable=True))
