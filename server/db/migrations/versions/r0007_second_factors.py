"""Second factors, invitations, and log-ins that say how far they are. Frozen: what is written here was released."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.BigInteger


def upgrade() -> None:
    """Add three tables and a column; log-ins begin anew, as nobody knows of the old ones how far they were."""
    op.add_column("account", sa.Column("last_log_in_at", _MOMENT, nullable=True))
    op.drop_table("session")
    _session()
    op.create_table(
        "second_factor",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("sealed", sa.String, nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
    )
    op.create_table(
        "recovery_code",
        sa.Column("keyed_hash", sa.String, primary_key=True),
        sa.Column("account", sa.String, nullable=False),
    )
    op.create_index("ix_recovery_code_account", "recovery_code", ["account"])
    op.create_table(
        "invitation",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("code_sha256", sa.String, nullable=False, unique=True),
        sa.Column("expires_at", _MOMENT, nullable=False),
    )


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("secret_sha256", sa.String, primary_key=True),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("account", sa.String, nullable=False),
        sa.Column("csrf", sa.String, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("last_seen_at", _MOMENT, nullable=False),
        sa.Column("browser", sa.String, nullable=False),
        sa.Column("system", sa.String, nullable=False),
        sa.Column("second_at", _MOMENT, nullable=True),
        sa.Column("offered", sa.String, nullable=True),
    )
    op.create_index("ix_session_account", "session", ["account"])
