"""Column types that mean the same on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS_A_DAY = 86_400_000
#: Until 2106 a float of seconds is nearer to its millisecond than to any other microsecond.
_EXACT = range(2**32 * 1000)
_from_seconds = datetime.fromtimestamp


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as whole milliseconds since 1970, so that both databases compare it alike.

    Most values of most rows are moments, so what `TypeDecorator` puts around each conversion is left out.
    """

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:
        """Raises TypeError for a naive datetime."""
        return _bound

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[int | None], datetime | None]:
        """Aware, UTC."""
        return _found


def to_milliseconds(moment: datetime) -> int:
    """As a moment is stored. Raises TypeError for a naive datetime."""
    since = moment - _EPOCH
    return since.days * _MILLISECONDS_A_DAY + since.seconds * 1000 + since.microseconds // 1000


def from_milliseconds(value: int) -> datetime:
    """The moment that is stored so."""
    if value in _EXACT:
        return _from_seconds(value / 1000, UTC)
    return _EPOCH + timedelta(milliseconds=value)


def _bound(value: datetime | None) -> int | None:
    return None if value is None else to_milliseconds(value)


@lru_cache(maxsize=8192)
def _found(value: int | None) -> datetime | None:
    """Remembered, as everybody's windows open and close at the same moments."""
    return None if value is None else from_milliseconds(value)
