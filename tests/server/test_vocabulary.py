"""A database that holds facts of a newer release is refused at the start, and left as it is."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel

from diary_app.core.errors import Code
from diary_app.core.facts import Status, StatusSet
from server.backup import making, restoring
from server.db import migrate, staff_facts, state
from server.db.engine import make_engine, reading
from server.intake.held import holding
from server.intake.known import append
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import ready

READ_BY = "facts_read_by"


class Promised(BaseModel):
    """A kind of fact that this release does not know."""

    kind: Literal["promised"] = "promised"


class Elsewhere(BaseModel):
    """A kind that it knows, with a value that it does not."""

    kind: Literal["status"] = "status"
    status: str = "moved_elsewhere"
    effective: date = date(2026, 11, 22)
    reason: str = "not_stated"


def add(services: Services, detail: BaseModel, *, by: str | None = "a release of tomorrow") -> None:
    """As another release does it that served from the database last; None is this one."""
    ready(services, ALICE)
    with services.engine.begin() as connection, holding(connection, ALICE) as held:
        append(held, detail, author="ines", at=services.environment.now(), id=services.environment.new_id())
        if by is not None:
            state.set_value(connection, READ_BY, by)


@pytest.mark.parametrize(("detail", "kind"), [(Promised(), "promised"), (Elsewhere(), "status")], ids=["kind", "value"])
def test_facts_of_tomorrow_stop_a_start(
    services: Services, open_more: Callable[..., Services], detail: BaseModel, kind: str
) -> None:
    add(services, detail)
    with pytest.raises(migrate.DatabaseTooNew, match=rf"cannot read \({kind}\)") as refused:
        open_more()
    assert refused.value.code is Code.DATABASE_TOO_NEW


@pytest.mark.parametrize("body", ["null", "7", '"status"', '{"kind":'])
def test_what_is_no_fact_at_all_is_told_in_words(
    services: Services, open_more: Callable[..., Services], body: str
) -> None:
    ready(services, ALICE)
    with services.engine.begin() as connection:
        last = staff_facts.of(connection, ALICE)[-1]
        odd = last._replace(id="odd", sequence=last.sequence + 1, kind="status", body=body)
        staff_facts.add(connection, odd)
        state.set_value(connection, READ_BY, "a release of tomorrow")
    with pytest.raises(migrate.DatabaseTooNew, match=r"cannot read \(status\)"):
        open_more()


def test_facts_that_are_known_stop_none(services: Services, open_more: Callable[..., Services]) -> None:
    known = StatusSet(status=Status.COMPLETED, effective=date(2026, 11, 22), reason="not_stated")
    add(services, known)
    opened = open_more()
    with reading(opened.engine) as connection:
        assert len(list(staff_facts.bodies(connection))) > 1


def test_facts_are_not_read_at_every_start(services: Services, open_more: Callable[..., Services]) -> None:
    """They may be many, and a command opens the database as well."""
    add(services, Promised(), by=None)
    open_more()


def test_a_refused_start_is_refused_again(services: Services, open_more: Callable[..., Services]) -> None:
    add(services, Promised())
    for _ in range(2):
        with pytest.raises(migrate.DatabaseTooNew):
            open_more()


def test_their_backup_is_not_restored(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path, empty_database_url: str
) -> None:
    add(services, Promised())
    made = making.make(services, tmp_path, clock.now())
    target = Settings(database_url=empty_database_url, var_folder=tmp_path / "other")
    with pytest.raises(migrate.DatabaseTooNew):
        restoring.restore(made.file, target, clock)
    engine = make_engine(empty_database_url)
    with reading(engine) as connection:
        assert migrate.revision(connection) is None
    engine.dispose()
