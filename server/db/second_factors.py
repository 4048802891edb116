"""Store: second factors of accounts, and the recovery codes that are left. What is taken once is taken by one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from server.db import shapes
from server.db.upserts import insert_if_absent, insert_or_change

TABLE = shapes.table("second_factor")
CODE = shapes.table("recovery_code")


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """A row of `second_factor`."""

    account: str
    sealed: str = field(repr=False)
    last_step: int
    since: datetime


_ALL = select(*shapes.columns(TABLE, SecondFactor))


def of(connection: Connection, account: str) -> SecondFactor | None:
    """The account's own; None where none is set up."""
    return shapes.first(connection, _ALL.where(TABLE.c.account == account), SecondFactor)


def holders(connection: Connection) -> frozenset[str]:
    """The accounts that have one."""
    return frozenset(connection.execute(select(TABLE.c.account)).scalars())


def everyones(connection: Connection) -> list[SecondFactor]:
    """All of them, by account."""
    return shapes.read(connection, _ALL.order_by(TABLE.c.account), SecondFactor)


def seal_anew(connection: Connection, factor: SecondFactor, sealed: str) -> bool:
    """Keep the same secret sealed otherwise; False where another has been set up, or sealed, meanwhile."""
    same = update(TABLE).where(TABLE.c.account == factor.account, TABLE.c.sealed == factor.sealed)
    return connection.execute(same.values(sealed=sealed)).rowcount == 1


def keep(connection: Connection, factor: SecondFactor) -> None:
    """Set it up, in place of an earlier one."""
    insert_or_change(connection, TABLE, shapes.written(factor))


def keep_first(connection: Connection, factor: SecondFactor) -> bool:
    """Set it up where there is none; False where there is one, or somebody else was quicker."""
    return insert_if_absent(connection, TABLE, shapes.written(factor))


def take_step(connection: Connection, account: str, step: int) -> bool:
    """Use the code of a step of time; False where it, or a later one, was used already."""
    unused = update(TABLE).where(TABLE.c.account == account, TABLE.c.last_step < step)
    return connection.execute(unused.values(last_step=step)).rowcount == 1


def forget(connection: Connection, account: str) -> bool:
    """Drop the account's second factor with its recovery codes; whether there was one."""
    replace_codes(connection, account, ())
    return connection.execute(delete(TABLE).where(TABLE.c.account == account)).rowcount == 1


def replace_codes(connection: Connection, account: str, keyed_hashes: Iterable[str]) -> None:
    """The recovery codes from now on; the earlier ones are worth nothing any more."""
    connection.execute(delete(CODE).where(CODE.c.account == account))
    rows = [{"keyed_hash": one, "account": account} for one in keyed_hashes]
    if rows:
        connection.execute(CODE.insert(), rows)


def take_code(connection: Connection, account: str, keyed_hash: str) -> bool:
    """Use up a recovery code; False where there is none such, or somebody else was quicker."""
    theirs = delete(CODE).where(CODE.c.account == account, CODE.c.keyed_hash == keyed_hash)
    return connection.execute(theirs).rowcount == 1


def codes_left(connection: Connection, account: str) -> int:
    """How many recovery codes can still be used."""
    query = select(func.count()).select_from(CODE).where(CODE.c.account == account)
    return connection.execute(query).scalar_one()
