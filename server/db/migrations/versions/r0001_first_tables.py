"""The first tables, and the triggers that keep facts as they are. Frozen: what is written here was released."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.BigInteger
_FACT_KEYS = {
    "record": "id = NEW.id OR device = NEW.device AND sequence = NEW.sequence",
    "quarantine": "id = NEW.id OR device = NEW.device AND sha256 = NEW.sha256",
    "activation": "device = NEW.device",
    "contact": "id = NEW.id",
    "participant_fact": "id = NEW.id OR participant = NEW.participant AND sequence = NEW.sequence",
    "site_fact": "id = NEW.id OR site = NEW.site AND sequence = NEW.sequence",
    "study_version": "sha256 = NEW.sha256 OR study = NEW.study AND version = NEW.version",
    "chain_anchor": "id = NEW.id",
}


def upgrade() -> None:
    """Make everything in an empty database."""
    _record()
    _quarantine()
    _activation()
    _contact()
    _participant_fact()
    _site_fact()
    _study_version()
    _chain_anchor()
    _participant()
    _device()
    _expected_day()
    _enrolment_code()
    _server_state()
    _contact_detail()
    _account()
    _session()
    _attempt()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _guard_sqlite() -> None:
    for table, same_key in _FACT_KEYS.items():
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{verb} of {table} refused: facts are never changed'); END"
            )
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - our own table names
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same_key}) "
            f"BEGIN SELECT RAISE(ABORT, 'insert into {table} refused: it exists already'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '% of % refused: facts are never changed', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
        END
        $$
        """
    )
    for table in _FACT_KEYS:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _record() -> None:
    op.create_table(
        "record",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("participant", sa.String, nullable=False),
        sa.Column("device", sa.String, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("previous", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("change_no", sa.BigInteger, nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("captured_at", _MOMENT, nullable=True),
        sa.Column("instrument", sa.String, nullable=True),
        sa.Column("instrument_version", sa.String, nullable=True),
        sa.Column("diary_day", sa.Date, nullable=True),
        sa.Column("revision", sa.BigInteger, nullable=True),
        sa.Column("parent", sa.String, nullable=True),
        sa.Column("practice", sa.Integer, nullable=False),
        sa.Column("on_time_until", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("device", "sequence"),
    )
    op.create_index("record_by_day", "record", ["participant", "instrument", "diary_day"])


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("participant", sa.String, nullable=False),
        sa.Column("device", sa.String, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("claimed_id", sa.String, nullable=True),
        sa.Column("claimed_sequence", sa.BigInteger, nullable=True),
        sa.Column("instrument", sa.String, nullable=True),
        sa.Column("diary_day", sa.Date, nullable=True),
        sa.Column("change_no", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("device", "sha256"),
    )
    op.create_index("quarantine_by_participant", "quarantine", ["participant"])


def _activation() -> None:
    op.create_table(
        "activation",
        sa.Column("device", sa.String, primary_key=True),
        sa.Column("participant", sa.String, nullable=False),
        sa.Column("token_sha256", sa.String, nullable=False),
        sa.Column("activated_at", _MOMENT, nullable=False),
        sa.Column("code_hash", sa.String, nullable=True),
        sa.Column("predecessor", sa.String, nullable=True),
    )
    op.create_index("ix_activation_participant", "activation", ["participant"])


def _contact() -> None:
    op.create_table(
        "contact",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("participant", sa.String, nullable=False),
        sa.Column("device", sa.String, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("device_clock", _MOMENT, nullable=False),
        sa.Column("pending", sa.BigInteger, nullable=False),
        sa.Column("head_sequence", sa.BigInteger, nullable=False),
        sa.Column("head_hash", sa.String, nullable=False),
        sa.Column("complete", sa.Integer, nullable=False),
        sa.Column("flags", sa.String, nullable=False),
    )
    op.create_index("contact_by_device", "contact", ["device", "received_at"])


def _participant_fact() -> None:
    op.create_table(
        "participant_fact",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("participant", sa.String, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("previous", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("participant", "sequence"),
    )


def _site_fact() -> None:
    op.create_table(
        "site_fact",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("previous", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.UniqueConstraint("site", "sequence"),
    )


def _study_version() -> None:
    op.create_table(
        "study_version",
        sa.Column("sha256", sa.String, primary_key=True),
        sa.Column("study", sa.String, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("study", "version"),
    )


def _chain_anchor() -> None:
    op.create_table(
        "chain_anchor",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("heads_sha256", sa.String, nullable=False),
        sa.Column("heads", sa.Integer, nullable=False),
        sa.Column("previous", sa.String, nullable=False),
    )


def _participant() -> None:
    op.create_table(
        "participant",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("study", sa.String, nullable=False),
        sa.Column("change_no", sa.BigInteger, nullable=False),
        sa.Column("fact_sequence", sa.BigInteger, nullable=False),
        sa.Column("fact_hash", sa.String, nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("activated_at", _MOMENT, nullable=True),
        sa.Column("expanded_until", sa.Date, nullable=True),
    )
    op.create_index("ix_participant_site", "participant", ["site"])


def _device() -> None:
    op.create_table(
        "device",
        sa.Column("device", sa.String, primary_key=True),
        sa.Column("participant", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("doubtful", sa.Integer, nullable=False),
        sa.Column("active_from", _MOMENT, nullable=False),
        sa.Column("active_until", _MOMENT, nullable=True),
        sa.Column("nonce", sa.String, nullable=False),
        sa.Column("previous_nonce", sa.String, nullable=False),
        sa.Column("have_sequence", sa.BigInteger, nullable=False),
        sa.Column("have_hash", sa.String, nullable=False),
        sa.Column("successor", sa.String, nullable=True),
        sa.Column("last_seen_at", _MOMENT, nullable=True),
        sa.Column("complete_until", _MOMENT, nullable=True),
        sa.Column("pending", sa.BigInteger, nullable=False),
        sa.Column("clock_offset_ms", sa.BigInteger, nullable=True),
        sa.Column("app_version", sa.String, nullable=False),
    )
    op.create_index("ix_device_participant", "device", ["participant"])


def _expected_day() -> None:
    op.create_table(
        "expected_day",
        sa.Column("participant", sa.String, primary_key=True),
        sa.Column("instrument", sa.String, primary_key=True),
        sa.Column("diary_day", sa.Date, primary_key=True),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("opens", _MOMENT, nullable=False),
        sa.Column("closes", _MOMENT, nullable=False),
        sa.Column("late_until", _MOMENT, nullable=False),
        sa.Column("not_expected", sa.String, nullable=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("next_moment", _MOMENT, nullable=True),
        sa.Column("entry", sa.String, nullable=True),
        sa.Column("first_captured_at", _MOMENT, nullable=True),
        sa.Column("received_at", _MOMENT, nullable=True),
        sa.Column("change_no", sa.BigInteger, nullable=False),
    )
    op.create_index("expected_day_changes", "expected_day", ["participant", "change_no"])
    op.create_index("expected_day_due", "expected_day", ["next_moment"])


def _enrolment_code() -> None:
    op.create_table(
        "enrolment_code",
        sa.Column("code_hash", sa.String, primary_key=True),
        sa.Column("participant", sa.String, nullable=False),
        sa.Column("issued_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("device", sa.String, nullable=True),
        sa.Column("token_sha256", sa.String, nullable=True),
        sa.Column("used_at", _MOMENT, nullable=True),
    )
    op.create_index("ix_enrolment_code_participant", "enrolment_code", ["participant"])


def _server_state() -> None:
    op.create_table(
        "server_state",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
    )


def _contact_detail() -> None:
    op.create_table(
        "contact_detail",
        sa.Column("participant", sa.String, primary_key=True),
        sa.Column("phone", sa.String, nullable=False),
        sa.Column("email", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
    )


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("username", sa.String, nullable=False),
        sa.Column("display_name", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("password_hash", sa.String, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("disabled_at", _MOMENT, nullable=True),
        sa.UniqueConstraint("username"),
    )


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("secret_sha256", sa.String, primary_key=True),
        sa.Column("account", sa.String, nullable=False),
        sa.Column("csrf", sa.String, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("last_seen_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_session_account", "session", ["account"])


def _attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("span_start", _MOMENT, primary_key=True),
        sa.Column("tries", sa.Integer, nullable=False),
    )
