"""Single named values: where the conversation with the server stands, and the participant's settings."""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from diary_app.storage.tables import META


class Name(StrEnum):
    """What is kept under a name of its own; the values ending in a colon are followed by a device id or setting."""

    EPOCH = "epoch"
    SHOWN_EPOCH = "shown_epoch"
    CURSOR = "cursor"
    DEVICE_STATE = "device_state"
    STUDY = "study_sha256"
    WORDINGS_IN_USE = "wordings_in_use"
    WORDINGS_LAST_DAYS = "wordings_last_days"
    VISITS_DONE = "visits_done"
    CORRECTIONS = "corrections"
    GRADES_AWAITED = "grades_awaited"
    CLOCK_OFFSET = "clock_offset_ms"
    LAST_CONTACT = "last_contact_at"
    STOPPED_AT = "stopped_at"
    SELF_TEST = "self_test"
    LOOKED_THROUGH = "looked_through_at"
    SEALING_KEY = "sealing_key"
    PIN_TRIES = "pin_tries"
    NONCE_OF = "nonce:"
    HAVE_OF = "have:"
    INTRODUCED = "introduced:"
    ABANDONED = "abandoned:"
    SETTING = "setting:"
    PIN_FORGOTTEN = "setting:pin_forgotten"  # a code was typed while the diary was locked: another PIN is chosen next


# Statements are built once: building one costs more than running it.
_ONE = select(META.c.value).where(META.c.name == bindparam("named"))
_ALL = select(META.c.name, META.c.value)
_PUT = insert(META)
_REPLACE = _PUT.on_conflict_do_update(index_elements=["name"], set_={"value": _PUT.excluded.value})
_DROP = delete(META).where(META.c.name == bindparam("named"))


def get(connection: Connection, name: Name, of: str = "") -> str | None:
    """The value, or None when it was never put."""
    return connection.execute(_ONE, {"named": f"{name}{of}"}).scalar_one_or_none()


def get_all(connection: Connection) -> dict[str, str]:
    """Every value by full name, for whoever needs more than one: there are few, and one statement reads them."""
    return dict(connection.execute(_ALL).all())


def put(connection: Connection, name: Name, value: str, of: str = "") -> None:
    """Keep the value in place of an earlier one."""
    put_all(connection, {f"{name}{of}": value})


def put_all(connection: Connection, values: Mapping[str, str]) -> None:
    """Keep these values, by full name, in place of earlier ones."""
    connection.execute(_REPLACE, [{"name": name, "value": value} for name, value in values.items()])


def drop(connection: Connection, name: Name, of: str = "") -> None:
    """Forget the value."""
    connection.execute(_DROP, {"named": f"{name}{of}"})
