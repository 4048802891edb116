"""How entries were given, and the log of breaches, in a bundle and on a server made from its archive."""

import csv
import json
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from server.backup import restoring
from server.db.engine import reading
from server.export.archive_part import archive_in
from server.export.bundle import make_bundle
from server.export.checking import check
from server.export.content import CutKind
from server.export.wanted import Made, Scope, Wanted
from server.incidents import log
from server.intake import staff
from server.intake.transcribed import transcribed
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.console import staged
from tests.server.handset import Handset
from tests.server.test_interviews import alice, interview, typed

__all__ = ["alice"]


def everything(services: Services, clock: SimulatedEnvironment, alice: Handset) -> None:
    """An interview, a phone that is lent out, a breach."""
    typed(services, interview())
    services.writer.run(
        ALICE, lambda connection: staff.lend(connection, services, ALICE, lent=True, author="carol", at=clock.now())
    )
    staged.incident(services)
    clock.advance(minutes=10)


def made(services: Services, folder: Path, clock: SimulatedEnvironment, sites: frozenset[str] | None = None) -> Made:
    at = clock.now()
    clock.advance(minutes=5)
    scope = Scope.ARCHIVE if sites is None else Scope.SPONSOR
    return make_bundle(services, folder, Wanted(CutKind.INTERIM, at, scope=scope, sites=sites), author="somebody")


def test_an_interview_is_one_in_every_format_and_nothing_is_flawed(
    services: Services, clock: SimulatedEnvironment, alice: Handset, tmp_path: Path
) -> None:
    everything(services, clock, alice)
    folder = made(services, tmp_path / "bundle", clock).folder
    assert check(folder).flaws == []
    with (folder / "csv" / "long.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["mode"], row["originator"], row["asked"]) for row in csv.DictReader(file)}
    assert rows == {("interview", "staff", "telephone")}
    lines = (folder / "sdtm" / "suppqs.ndjson").read_text(encoding="utf-8")
    said = {(row[5], row[7]) for row in map(json.loads, lines.splitlines()[1:])}
    assert said >= {("QSMODE", "INTERVIEW"), ("QSTIMELI", "INTERVIEW"), ("QSASKED", "TELEPHONE")}, said
    told = ET.parse(folder / "odm" / "odm.xml").getroot()  # noqa: S314 - our own file
    reasons = [one.text for one in told.iter("{http://www.cdisc.org/ns/odm/v1.3}ReasonForChange")]
    assert "typed from an interview: phone_failed; reference visit note 7" in reasons
    responses = (folder / "fhir" / "QuestionnaireResponse.ndjson").read_text(encoding="utf-8")
    assert '"interview"' in responses
    assert '{"url":"urn:xerodiary:extension:asked","valueCode":"telephone"}' in responses


@pytest.mark.parametrize("name", ["csv/long.csv", "csv/wide.csv"])
def test_an_interview_that_does_not_say_how_it_was_held_is_found(
    services: Services, clock: SimulatedEnvironment, alice: Handset, tmp_path: Path, name: str
) -> None:
    everything(services, clock, alice)
    folder = made(services, tmp_path / "bundle", clock).folder
    rows = (folder / name).read_bytes()
    for old, new in ((b",telephone,", b",,"), (b",interview,", b",paper,")):
        (folder / name).write_bytes(rows.replace(old, new, 1))
        assert f"{name}, rows that do not say how an interview was held: 1 found, 0 expected" in check(folder).flaws


def test_a_server_made_from_the_archive_has_the_log_the_interview_and_whose_phone_it_is(
    services: Services, clock: SimulatedEnvironment, alice: Handset, tmp_path: Path
) -> None:
    everything(services, clock, alice)
    bundle = made(services, tmp_path / "bundle", clock)
    there = Settings(database_url=f"sqlite:///{tmp_path}/rebuilt.sqlite", var_folder=tmp_path / "there")
    restoring.restore(archive_in(bundle.folder), there, clock)
    rebuilt = open_services(there, SimulatedEnvironment(clock.now() + timedelta(hours=1), seed=7))
    with reading(services.engine) as one, reading(rebuilt.engine) as other:
        assert log.every(other) == log.every(one)
        assert len(log.get(other, 1).steps) == 2
        assert transcribed(other, [ALICE]) == transcribed(one, [ALICE])
    assert (tmp_path / "bundle" / "trail" / "site_trail.csv").read_text(encoding="utf-8").count("printed list") == 3
    rebuilt.close()


def test_a_bundle_of_a_site_has_nothing_of_the_log(
    services: Services, clock: SimulatedEnvironment, alice: Handset, tmp_path: Path
) -> None:
    everything(services, clock, alice)
    folder = made(services, tmp_path / "bundle", clock, frozenset({"copenhagen"})).folder
    assert check(folder).flaws == []
    for file in folder.rglob("*"):
        assert not file.is_file() or b"printed list" not in file.read_bytes(), file.name
