"""What is about sites and the study alone is told in the bundle, to each site what concerns it, and counted."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from server.access import rights, staff
from server.access.rights import Right
from server.access.roles import Role
from server.db import accounts, site_facts
from server.db.engine import reading
from server.db.site_facts import EVERYWHERE
from server.export.bundle import make_bundle
from server.export.checking import check
from server.export.content import CutKind
from server.export.formats import Format
from server.export.trail_columns import CHANGES, SITES
from server.export.wanted import Made, Wanted
from server.intake.rescue import TAKEN_IN
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail import extracts
from server.trail.extracts import Extract
from server.trail.fields import HIDDEN, Asked
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.server.handset import ready

Row = dict[str, str]
ODENSE = frozenset({"odense"})


@pytest.fixture
def _staff(services: Services, clock: SimulatedEnvironment) -> None:
    """Carol and Ines at Copenhagen, Dorte at Odense, Sam everywhere, Nora nowhere; two downloads of the trail."""
    ready(services, ALICE)
    ready(services, BOB, "bob")
    staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"), display="Carol Hansen")
    ines = staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    staged.account(services, "dorte", (Role.COORDINATOR, "odense"))
    staged.account(services, "sam", (Role.SPONSOR, EVERYWHERE))
    staged.account(services, "nora")
    clock.advance(minutes=1)
    with services.engine.begin() as connection:
        right = Right(ines, Role.INVESTIGATOR, "copenhagen")
        rights.take(connection, right, author="setup", environment=services.environment)
        for participant in (ALICE, BOB):
            extracts.note(
                connection, Extract(extracts.Format.CSV, 7, "ab" * 32), Asked(participant=participant), answers=False,
                author=ines, environment=services.environment,
            )  # fmt: skip


pytestmark = pytest.mark.usefixtures("_staff")


def made(services: Services, folder: Path, clock: SimulatedEnvironment, sites: frozenset[str] | None = None) -> Made:
    """One bundle of everybody that the next one knows of, then the one that is looked at."""
    formats = frozenset({Format.TRAIL})
    for name in ("before", "bundle"):
        at = clock.now()
        clock.advance(minutes=5)
        wanted = Wanted(CutKind.INTERIM, at, formats, sites=sites if name == "bundle" else None)
        bundle = make_bundle(services, folder / name, wanted, author="somebody")
    return bundle


def rows(bundle: Made) -> list[Row]:
    with (bundle.folder / "trail" / SITES).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_fact_of_every_chain_is_told_and_counted(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    bundle = made(services, tmp_path, clock)
    with reading(services.engine) as connection:
        known = [fact for fact in site_facts.every(connection) if fact.at <= bundle.cut.at]
    assert list(dict.fromkeys(row["source"] for row in rows(bundle))) == [fact.id for fact in known]
    assert bundle.counts["site_facts"] == len(known)
    assert f"{len(known)} facts about sites" in check(bundle.folder).read
    assert {fact.kind for fact in known} >= {"account_named", "right_given", "right_taken", "cut_taken", "extract_made"}


def test_a_right_is_told_with_who_it_was_given_and_taken_from(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    told = rows(made(services, tmp_path, clock))
    assert list(told[0]) == [one.name for one in CHANGES]
    of_ines = [(row["kind"], row["field"], row["old"], row["new"]) for row in told if row["site"] == "copenhagen"]
    assert of_ines[-3:] == [
        ("right_taken", "account", "ines", ""),
        ("right_taken", "role", "investigator", ""),
        ("right_taken", "site", "copenhagen", ""),
    ]
    named = {row["new"] for row in told if row["kind"] == "account_named" and row["field"] == "username"}
    assert named == {"carol", "ines", "dorte", "sam", "nora"}
    assert {row["who"] for row in told if row["kind"] == "extract_made"} == {"ines", "somebody"}


def test_who_did_something_to_the_whole_study_is_told_with_role_and_site(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    with services.engine.begin() as connection:
        ines = accounts.of_username(connection, "ines")
        assert ines is not None
        right = Right(ines.id, Role.INVESTIGATOR, "copenhagen")
        rights.give(connection, right, author=ines.id, environment=services.environment)
        clock.advance(seconds=1)
        staff.disable(connection, services.environment, ines.id, author=ines.id)
    (closed,) = [row for row in rows(made(services, tmp_path, clock)) if row["kind"] == "account_closed"]
    assert (closed["site"], closed["who"]) == (EVERYWHERE, "ines")
    assert (closed["role"], closed["organisation"]) == ("investigator", "copenhagen")


def test_a_site_is_told_what_concerns_it_and_nothing_of_others(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    bundle = made(services, tmp_path, clock, ODENSE)
    told = rows(bundle)
    assert {row["site"] for row in told} == {"odense", EVERYWHERE}
    text = (bundle.folder / "trail" / SITES).read_text(encoding="utf-8")
    assert "dorte" in text
    assert "sam" in text
    for name in ("carol", "nora", ALICE):
        assert name not in text, name
    assert Counter(row["new"] for row in told if row["field"] == "filter.participant") == {BOB: 1}
    assert {row["new"] for row in told if row["field"].startswith(("rows", "heads"))} <= {HIDDEN, "", *_hashes(told)}
    assert check(bundle.folder).flaws == []
    assert bundle.counts["site_facts"] == len({row["source"] for row in told})


def _hashes(told: list[Row]) -> set[str]:
    return {row["new"] for row in told if row["field"] == "heads_sha256"}


def test_a_rescue_file_names_the_participant_it_is_of(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    with services.engine.begin() as connection:
        site_facts.append(
            connection, site="odense", kind=TAKEN_IN, body={"participant": BOB, "device": "a phone", "records": 3},
            author="setup", at=clock.now(), id=services.environment.new_id(),
        )  # fmt: skip
    told = [row for row in rows(made(services, tmp_path, clock)) if row["kind"] == TAKEN_IN]
    assert {row["field"]: row["new"] for row in told} == {"device": "a phone", "records": "3"}
    assert {row["participant"] for row in told} == {BOB}


def test_neither_address_nor_full_name_is_in_it(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    text = (made(services, tmp_path, clock).folder / "trail" / SITES).read_text(encoding="utf-8")
    assert "Hansen" not in text
    assert "@" not in text


def test_every_column_is_in_the_dictionary(services: Services, clock: SimulatedEnvironment, tmp_path: Path) -> None:
    folder = made(services, tmp_path, clock).folder / "trail"
    with (folder / "dictionary.csv").open(encoding="utf-8", newline="") as file:
        said: dict[str, list[str]] = {}
        for row in csv.DictReader(file):
            said.setdefault(row["file"], []).append(row["column"])
    for name in ("audit_trail.csv", SITES, "set_aside.csv", "chain.csv"):
        assert said[name] == (folder / name).read_text(encoding="utf-8").splitlines()[0].split(","), name


def test_the_same_cut_is_the_same_bytes_after_more_happened(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    bundle = made(services, tmp_path, clock)
    staged.account(services, "mallory", (Role.MONITOR, EVERYWHERE))
    clock.advance(days=1)
    wanted = Wanted(CutKind.INTERIM, bundle.cut.at, frozenset({Format.TRAIL}))
    again = make_bundle(services, tmp_path / "again", wanted, author="somebody else")
    for file in sorted(bundle.folder.rglob("*.csv")):
        assert (again.folder / file.relative_to(bundle.folder)).read_bytes() == file.read_bytes(), file.name


def test_a_fact_left_out_or_made_up_is_found(services: Services, clock: SimulatedEnvironment, tmp_path: Path) -> None:
    bundle = made(services, tmp_path, clock)
    file = bundle.folder / "trail" / SITES
    lines = file.read_bytes().splitlines(keepends=True)
    of_first = [number for number, line in enumerate(lines) if rows(bundle)[0]["source"].encode() in line]
    made_up = lines[2].replace(rows(bundle)[1]["source"].encode(), b"made-up")
    for kept, said in (
        ([line for number, line in enumerate(lines) if number not in of_first], "is not told"),
        ([*lines[:2], made_up, *lines[3:]], "stands in no fact"),
    ):
        file.write_bytes(b"".join(kept))
        assert any(said in flaw for flaw in check(bundle.folder).flaws), said


def test_what_is_about_the_whole_study_is_counted_and_said_to_be_on_no_chain_of_a_site(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    bundle = made(services, tmp_path, clock, ODENSE)
    study_wide = {row["source"] for row in rows(bundle) if row["site"] == EVERYWHERE}
    assert bundle.counts["unchained"] == len(study_wide) > 0
    checked = check(bundle.folder)
    (said,) = checked.open
    assert f"{len(study_wide)} facts about the whole study are not chained" in said
    assert checked.verdict == "Everything that can be checked holds."
    note = (bundle.folder / "reviewers_note.html").read_text(encoding="utf-8")
    assert "stand on no chain that is here" in note
    wanted = Wanted(CutKind.INTERIM, bundle.cut.at, frozenset({Format.TRAIL}))
    whole = make_bundle(services, tmp_path / "whole", wanted, author="somebody")
    with (whole.folder / "trail" / "chain.csv").open(encoding="utf-8", newline="") as file:
        assert study_wide <= {row["id"] for row in csv.DictReader(file) if row["chain"] == EVERYWHERE}
    assert check(whole.folder).open == []
    assert whole.counts["unchained"] == 0


def test_a_study_wide_fact_taken_out_of_the_bundle_of_a_site_is_missed(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    bundle = made(services, tmp_path, clock, ODENSE)
    file = bundle.folder / "trail" / SITES
    (source, *_) = (row["source"] for row in rows(bundle) if row["site"] == EVERYWHERE)
    lines = [line for line in file.read_bytes().splitlines(keepends=True) if source.encode() not in line]
    file.write_bytes(b"".join(lines))
    assert any(f"{SITES}, facts about the whole study: " in flaw for flaw in check(bundle.folder).flaws)


@pytest.mark.parametrize("name", [SITES, "set_aside.csv"])
def test_a_file_that_is_gone_with_its_line_in_the_manifest_is_missed(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path, name: str
) -> None:
    bundle = made(services, tmp_path, clock)
    file = bundle.folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    manifest["files"] = [one for one in manifest["files"] if one["path"] != f"trail/{name}"]
    file.write_text(json.dumps(manifest), encoding="utf-8")
    (bundle.folder / "trail" / name).unlink()
    assert any(f"trail/{name} is not there" in flaw for flaw in check(bundle.folder).flaws)


def test_no_hash_of_the_chain_of_all_sites_is_in_the_bundle_of_one(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    """From those of neighbours on it, a short hidden value could be found by trying."""
    bundle = made(services, tmp_path, clock, ODENSE)
    trail = "".join(file.read_text(encoding="utf-8") for file in sorted((bundle.folder / "trail").iterdir()))
    with reading(services.engine) as connection:
        whole = site_facts.of_site(connection, EVERYWHERE)
    assert len(whole) > 5
    assert not [fact for fact in whole if fact.hash in trail]
