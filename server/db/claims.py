"""Claims: what only one of several processes shall do, once a turn. A row that is locked while it is read decides.

A turn is a moment, such as tonight's. Whoever takes it has it for a lease: a process that is killed loses it then.
What was taken at a moment that has not come was taken by a clock that was ahead, and keeps nobody from their turn. It
stays noted: two servers whose clocks are far apart each find their own turns, and do not take them from each other.

The newest claim stands in a row of its own, as releases write it that note no others and may run beside this one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.times import format_utc, parse_utc
from server.clocks import is_ahead
from server.db import state

_DONE = "done"
#: More than there are servers with clocks of their own.
_NOTED = 8


def take(connection: Connection, name: str, turn: datetime, now: datetime, lease: timedelta) -> bool:
    """Whether this process has the turn; False when it is done, or another process is at it."""
    noted = _noted(connection, name)
    if any(one.forbids(turn, now) for one in noted):
        return False
    _note(connection, name, noted, _Claim(turn, now, format_utc(now + lease)))
    return True


def done(connection: Connection, name: str, turn: datetime) -> None:
    """Nobody needs to do this turn again."""
    noted = _noted(connection, name)
    taken_at = max((one.taken_at for one in noted if one.turn == turn), default=turn)
    _note(connection, name, noted, _Claim(turn, taken_at, _DONE))


def give_back(connection: Connection, name: str, turn: datetime, taken_at: datetime | None = None) -> None:
    """It did not work: whoever comes next may try.

    `taken_at`: of whoever may come so late that another process has it by now, or has done it; that stays as it is.
    """
    noted = _noted(connection, name)
    if taken_at is not None and not any(one.is_held_since(turn, taken_at) for one in noted):
        return
    kept = _without(noted, turn)
    state.set_value(connection, _row(name), "")
    state.set_value(connection, _row_of_all(name), _text(kept))


@dataclass(frozen=True)
class _Claim:
    """`until`: when the lease ends, or that it is done."""

    turn: datetime
    taken_at: datetime
    until: str

    def is_held_since(self, turn: datetime, taken_at: datetime) -> bool:
        """Whether it is the claim of whoever took that turn then, who is still at it."""
        return (self.turn, self.taken_at) == (turn, taken_at) and self.until != _DONE

    def forbids(self, turn: datetime, now: datetime) -> bool:
        """Whether the turn is this one and not free, or an earlier one, which this took the place of."""
        if is_ahead(self.taken_at, now) or self.turn < turn:
            return False
        return self.turn > turn or self.until == _DONE or now < parse_utc(self.until)


def _noted(connection: Connection, name: str) -> list[_Claim]:
    newest = state.value_or_first(connection, _row(name), "")
    lines = (line.split(" ") for line in (state.value(connection, _row_of_all(name)) or "").splitlines())
    claims = [_Claim(parse_utc(turn), parse_utc(taken_at), until) for turn, taken_at, until in lines]
    if not newest:
        return claims
    turn, until = newest.split(" ")
    taken_at = max((one.taken_at for one in claims if one.turn == parse_utc(turn)), default=parse_utc(turn))
    return [*_without(claims, parse_utc(turn)), _Claim(parse_utc(turn), taken_at, until)]


def _note(connection: Connection, name: str, before: Sequence[_Claim], claim: _Claim) -> None:
    state.set_value(connection, _row(name), f"{format_utc(claim.turn)} {claim.until}")
    state.set_value(connection, _row_of_all(name), _text([*_without(before, claim.turn), claim]))


def _text(claims: Sequence[_Claim]) -> str:
    return "\n".join(f"{format_utc(one.turn)} {format_utc(one.taken_at)} {one.until}" for one in claims[-_NOTED:])


def _without(claims: Sequence[_Claim], turn: datetime) -> list[_Claim]:
    return [one for one in claims if one.turn != turn]


def _row(name: str) -> str:
    return f"claim {name}"


def _row_of_all(name: str) -> str:
    return f"claims {name}"
