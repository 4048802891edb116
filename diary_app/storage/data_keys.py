"""Queries on the wrapped data key; the caller owns the transaction. There is one at a time."""

from sqlalchemy import Connection, delete, insert, select

from diary_app.core.sealing import SEALED
from diary_app.storage.tables import DATA_KEY
from diary_app.storage.vault import Vault, locked

_WRAP = select(DATA_KEY.c.wrap)
_ID = select(DATA_KEY.c.id)
_DROP = delete(DATA_KEY)
_ADD = insert(DATA_KEY)


def wrap(connection: Connection) -> bytes | None:
    """The data key under the PIN; None before the first PIN."""
    return connection.execute(_WRAP).scalar_one_or_none()


def is_in_use(connection: Connection, vault: Vault) -> bool:
    """Whether the vault is open under the key of now; always, where nothing is sealed."""
    return not vault.seals or (
        vault.key is not None and connection.execute(_ID).scalar_one_or_none() == vault.key.id.hex()
    )


def put(connection: Connection, id: str, wrap: bytes, made_at: str) -> None:
    """In place of an earlier one."""
    connection.execute(_DROP)
    connection.execute(_ADD, {"id": id, "wrap": wrap, "made_at": made_at})


def require_in_use(connection: Connection, vault: Vault, content: bytes) -> None:
    """What is stored now can be opened by the PIN of now, which another window may have begun anew.

    Raises `DiaryUnavailable` (diary_locked) otherwise, with the vault shut.
    """
    if not vault.seals:
        return
    in_use = connection.execute(_ID).scalar_one_or_none()
    if in_use is None or not content.startswith(SEALED + bytes.fromhex(in_use)):
        vault.shut()
        raise locked()
