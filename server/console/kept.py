"""What pages keep for half a minute, because every page asks for it: one process, one database, by a key."""

from collections.abc import Callable, Collection, Hashable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from server.console.snapshots import act_in, last_act

Found = TypeVar("Found")
FOR = timedelta(seconds=30)

_KEPT: WeakKeyDictionary[Engine, dict[Hashable, tuple[datetime, object, Any]]] = WeakKeyDictionary()


def kept(connection: Connection, key: Hashable, now: datetime, make: Callable[[], Found]) -> Found:
    """What was made under the key at most half a minute ago and since anybody did anything, else made now."""
    engine = connection.engine
    shelf = _KEPT.setdefault(engine, {})
    found = shelf.get(key)
    if found is not None and timedelta() <= now - found[0] < FOR and found[1] is last_act(engine):
        known: Found = found[2]
        return known
    made = make()
    shelf[key] = (now, act_in(connection), made)
    return made


def made_at(engine: Engine, keys: Collection[Hashable], now: datetime) -> datetime:
    """As of when a page is that shows what is kept under these keys: the oldest of it, now where nothing is kept."""
    shelf = _KEPT.get(engine, {})
    return min((shelf[key][0] for key in keys if key in shelf), default=now)


def drop(engine: Engine) -> None:
    """Everything is made anew when it is next asked for."""
    _KEPT.pop(engine, None)
