"""Anchors are found by the one before them, heads by their place. Frozen: what is written here was released."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an index, and let another one go by sequence where it went by time."""
    op.create_index("ix_chain_anchor_previous", "chain_anchor", ["previous"])
    op.drop_index("chain_head_by_chain", "chain_head")
    op.create_index("chain_head_by_sequence", "chain_head", ["kind", "chain", "sequence"])
