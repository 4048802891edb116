"""Which heads each chain anchor saw, so that it can be computed again. Frozen: what is written here was released."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add one table of facts."""
    op.create_table(
        "chain_head",
        sa.Column("anchor", sa.String, primary_key=True),
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("chain", sa.String, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.create_index("chain_head_by_chain", "chain_head", ["kind", "chain", "at"])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _guard_sqlite() -> None:
    for verb in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER chain_head_no_{verb} BEFORE {verb.upper()} ON chain_head "
            f"BEGIN SELECT RAISE(ABORT, '{verb} of chain_head refused: facts are never changed'); END"
        )
    op.execute(
        "CREATE TRIGGER chain_head_no_replace BEFORE INSERT ON chain_head "
        "WHEN EXISTS (SELECT 1 FROM chain_head WHERE anchor = NEW.anchor AND kind = NEW.kind AND chain = NEW.chain) "
        "BEGIN SELECT RAISE(ABORT, 'insert into chain_head refused: it exists already'); END"
    )


def _guard_postgresql() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER chain_head_no_{verb.lower()} BEFORE {verb} ON chain_head "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER chain_head_no_truncate BEFORE TRUNCATE ON chain_head "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
