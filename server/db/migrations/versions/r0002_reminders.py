"""Reminders: their events as facts, where each stands, and from when a participant's prompts are still to be looked at.

Frozen: what is written here was released.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.BigInteger
_KEY = ("participant", "instrument", "diary_day", "number")


def upgrade() -> None:
    """Add two tables and a column."""
    _reminder_event()
    _reminder()
    op.add_column("participant", sa.Column("prompts_from", _MOMENT, nullable=True))
    op.create_index("ix_participant_prompts_from", "participant", ["prompts_from"])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _key() -> list[sa.Column[object]]:
    return [
        sa.Column("participant", sa.String, primary_key=True),
        sa.Column("instrument", sa.String, primary_key=True),
        sa.Column("diary_day", sa.Date, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
    ]


def _reminder_event() -> None:
    op.create_table(
        "reminder_event",
        *_key(),
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("receipt", sa.String, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("until", _MOMENT, nullable=True),
        sa.Column("next_at", _MOMENT, nullable=True),
    )


def _reminder() -> None:
    op.create_table(
        "reminder",
        *_key(),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("rerouted", sa.Integer, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("next_moment", _MOMENT, nullable=True),
        sa.Column("sent_at", _MOMENT, nullable=True),
    )
    op.create_index("reminder_waiting", "reminder", ["next_moment"])
    op.create_index("reminder_by_time", "reminder", ["due_at"])


def _guard_sqlite() -> None:
    for verb in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER reminder_event_no_{verb} BEFORE {verb.upper()} ON reminder_event "
            f"BEGIN SELECT RAISE(ABORT, '{verb} of reminder_event refused: facts are never changed'); END"
        )
    same_key = " AND ".join(f"{column} = NEW.{column}" for column in (*_KEY, "sequence"))
    op.execute(
        "CREATE TRIGGER reminder_event_no_replace BEFORE INSERT ON reminder_event "  # noqa: S608 - our own names
        f"WHEN EXISTS (SELECT 1 FROM reminder_event WHERE {same_key}) "
        "BEGIN SELECT RAISE(ABORT, 'insert into reminder_event refused: it exists already'); END"
    )


def _guard_postgresql() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER reminder_event_no_{verb.lower()} BEFORE {verb} ON reminder_event "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER reminder_event_no_truncate BEFORE TRUNCATE ON reminder_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
