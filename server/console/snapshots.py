"""Snapshots that pages are made from: each knows which was the last act in this process that it is sure to hold.

Somebody may do something while a page is being made from a snapshot of before. What that page finds is right for it,
but must not be kept for others as if it were of afterwards. An act has no order here, it is only another one each time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from server.db.engine import reading

_HOLDS = "holds_act"
_LAST: WeakKeyDictionary[Engine, object] = WeakKeyDictionary()


def acted(engine: Engine) -> None:
    """Something was committed by hand: what was read before is not shown any more."""
    _LAST[engine] = object()


def last_act(engine: Engine) -> object:
    """The last one."""
    return _LAST.setdefault(engine, object())


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """As `reading`, and it knows its act, which is asked for before the snapshot begins."""
    act = last_act(engine)
    with reading(engine) as connection:
        yield connection.execution_options(**{_HOLDS: act})


def act_in(connection: Connection) -> object:
    """The last act that is sure to be in a snapshot; of one that was opened in another way, none that ever was."""
    return connection.get_execution_options().get(_HOLDS) or object()
