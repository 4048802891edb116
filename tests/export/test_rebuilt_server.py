"""A server made from an archive names everybody as the first one did: the same cut is the same files there."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from diary_app.core.facts import Randomised
from server.access import account_names, rights
from server.access.rights import Right
from server.access.roles import Role
from server.backup import restoring
from server.backup.enclosed import NAMES
from server.db import accounts
from server.db.accounts import Account
from server.db.engine import reading
from server.db.site_facts import EVERYWHERE
from server.export.archive_part import archive_in
from server.export.bundle import make_bundle
from server.export.checking import check
from server.export.content import CutKind
from server.export.wanted import Made, Scope, Wanted
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.export.fhir.eventful import eventful_on
from tests.server.handset import CAROL, ready, record_fact


@dataclass(frozen=True)
class Both:
    """The same cut of the server that it happened on, and of the one made from its archive."""

    first: Services
    second: Services
    of_first: Made
    of_second: Made


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    room = tmp_path_factory.mktemp("rebuilt")
    with eventful_on(request, room) as staged:
        clock = staged.services.environment
        assert isinstance(clock, SimulatedEnvironment)
        wanted = Wanted(CutKind.INTERIM, clock.now(), scope=Scope.ARCHIVE)
        clock.move_to(clock.now() + timedelta(hours=1))
        first = make_bundle(staged.services, room / "first", wanted, author="somebody")
        there = staged.services.settings.model_copy(
            update={"database_url": f"sqlite:///{room}/rebuilt.sqlite", "var_folder": room / "there"}
        )
        restoring.restore(archive_in(first.folder), there, clock)
        rebuilt = open_services(there, clock)
        again = make_bundle(rebuilt, room / "second", wanted, author="somebody else")
        yield Both(staged.services, rebuilt, first, again)
        rebuilt.close()


def content(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_every_file_of_the_same_cut_is_the_same(both: Both) -> None:
    first, second = content(both.of_first.folder), content(both.of_second.folder)
    assert [name for name in first if first[name] != second.get(name)] == []
    assert first.keys() == second.keys()
    assert check(both.of_second.folder).flaws == []
    for name in ("trail/audit_trail.csv", "odm/odm.xml", "fhir/Provenance.ndjson"):
        assert b"ines" in first[name], name


def test_accounts_are_there_with_their_roles_and_nobody_can_log_in(both: Both) -> None:
    with reading(both.first.engine) as one, reading(both.second.engine) as other:
        before, after = accounts.everyone(one), accounts.everyone(other)
        assert rights.all_rights(one) == rights.all_rights(other)
    blank = [replace(account, password_hash="", display_name=account.username, language="da") for account in before]
    assert [replace(account, language="da") for account in after] == blank
    assert {account.email for account in after} == {None}


def test_a_cut_from_before_names_were_facts_names_everybody_there_too(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    """Carla recorded something before; her name became a fact at the next start, which is after the cut."""
    ready(services, ALICE)
    right = Right(CAROL, Role.INVESTIGATOR, EVERYWHERE)
    with services.engine.begin() as connection:
        accounts.add(connection, Account(CAROL, "carla", "Carla Holm", "da", "a password", clock.now()))
        rights.give(connection, right, author=CAROL, environment=clock)
    record_fact(services, ALICE, Randomised(day=clock.now().date()))
    at = clock.now()
    clock.advance(minutes=5)
    with services.engine.begin() as connection:
        assert account_names.note_missing(connection, clock) == 1
    clock.advance(minutes=5)
    wanted = Wanted(CutKind.INTERIM, at, scope=Scope.ARCHIVE)
    first = make_bundle(services, tmp_path / "first", wanted, author="somebody")
    assert b",carla,investigator," in (first.folder / "trail/audit_trail.csv").read_bytes()
    assert f",{CAROL},".encode() not in (first.folder / "trail/audit_trail.csv").read_bytes()

    there = Settings(database_url=f"sqlite:///{tmp_path}/rebuilt.sqlite", var_folder=tmp_path / "there")
    later = SimulatedEnvironment(clock.now(), seed=7)
    restoring.restore(archive_in(first.folder), there, later)
    rebuilt = open_services(there, later)
    second = make_bundle(rebuilt, tmp_path / "second", wanted, author="somebody else")
    with reading(rebuilt.engine) as connection:
        (carla,) = accounts.everyone(connection)
        assert [one.username for one in account_names.named(connection)] == ["carla"]
    rebuilt.close()
    assert (carla.username, carla.display_name, carla.password_hash, carla.email) == ("carla", "carla", "", None)
    assert content(second.folder) == content(first.folder)
    assert b"a password" not in (first.folder / "archive/facts.zip").read_bytes()
    assert b"Holm" not in (first.folder / "archive/facts.zip").read_bytes()


def test_an_archive_whose_facts_name_everybody_has_no_list_of_names_beside_them(both: Both) -> None:
    with zipfile.ZipFile(both.of_first.folder / "archive" / "facts.zip") as facts:
        assert NAMES not in facts.namelist()
