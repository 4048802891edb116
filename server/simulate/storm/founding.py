"""With what every server in a storm is set up: settings, a sealing key and an empty database, each made once."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from server.db import migrate
from server.db.engine import make_engine
from server.key_files import CURVE
from server.settings import Settings

SECRET = "a storm needs no secret, only the same one"  # noqa: S105 - protects nothing


@cache
def usual_settings() -> Settings:
    """Read once, as looking through the environment for each takes longer than a server's start."""
    return Settings(secret=SECRET, outbox=True, enrol_tries_per_hour=10_000, quarantine_limit=100_000)


@cache
def sealing_key() -> bytes:
    """One for all runs, as a server would draw it past the environment."""
    key = ec.derive_private_key(int.from_bytes(sha256(SECRET.encode()).digest()), CURVE)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@cache
def empty_database() -> bytes:
    """Migrated once for all runs, as that takes longer than a month of one diary."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "empty.sqlite"
        engine = make_engine(f"sqlite:///{file}")
        migrate.upgrade(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        return file.read_bytes()
