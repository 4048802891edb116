"""A bundle is one cut: the same bytes each time, from either database, whatever comes later; and it can be checked."""

import fcntl
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from diary_app.core.anchors import DateChange
from diary_app.core.errors import Code, CommandRefused
from diary_app.core.facts import AnchorSet
from server.db import site_facts
from server.db.engine import reading
from server.export.archive_part import archive_in
from server.export.bundle import CHECKER, make_bundle
from server.export.checking import FACTS, MANIFEST, check
from server.export.content import CutKind
from server.export.cuts import CUT_TAKEN
from server.export.wanted import Made, Scope, Wanted
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.extracts import EXTRACT_MADE
from tests.conftest import ALICE
from tests.export.conftest import FIRST, at
from tests.server.handset import record_fact

pytestmark = pytest.mark.usefixtures("lived")
MORNING = at(FIRST + timedelta(days=5), 20)


def made(services: Services, folder: Path, wanted: Wanted = Wanted(CutKind.INTERIM, MORNING)) -> Made:  # noqa: B008
    return make_bundle(services, folder, wanted, author="somebody")


def content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def manifest(folder: Path) -> Any:
    return json.loads((folder / MANIFEST).read_bytes())


@pytest.fixture(autouse=True)
def later(clock: SimulatedEnvironment, lived: None) -> None:
    clock.move_to(MORNING + timedelta(hours=1))


def test_the_same_cut_is_the_same_bytes_although_more_has_come_in(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    made(services, tmp_path / "first")
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", planned=date(2027, 1, 1), reason=DateChange.PUT_OFF))
    clock.move_to(MORNING + timedelta(days=3))
    made(services, tmp_path / "second")
    assert content(tmp_path / "first") == content(tmp_path / "second")
    newest = made(services, tmp_path / "third", Wanted(CutKind.INTERIM))
    assert newest.cut.content_sha256 != manifest(tmp_path / "first")["cut"]["content_sha256"]


def test_what_a_bundle_says_of_itself_holds(services: Services, tmp_path: Path) -> None:
    bundle = made(services, tmp_path / "bundle", Wanted(CutKind.FINAL, MORNING, scope=Scope.ARCHIVE))
    checked = check(bundle.folder)
    assert checked.flaws == []
    assert checked.manifest_sha256 == bundle.manifest_sha256
    assert {
        "participants": 2,
        "expected": 10,
        "done": 2,
        "late": 1,
        "missed": 1,
        "excused": 1,
        "unknown": 5,
    }.items() <= (bundle.counts.items())


def test_an_inspector_needs_nothing_but_python(services: Services, tmp_path: Path) -> None:
    bundle = made(services, tmp_path / "bundle", Wanted(CutKind.INTERIM, MORNING, scope=Scope.ARCHIVE))
    folder, command = bundle.folder, [sys.executable, "-I", "-S", str(bundle.folder / CHECKER)]
    with_manifest = [*command, "--manifest", bundle.manifest_sha256.upper()]
    sound = subprocess.run(with_manifest, capture_output=True, text=True, check=False, cwd="/")
    assert (sound.returncode, sound.stderr) == (0, "")
    assert sound.stdout.splitlines()[-1] == "Everything holds."
    without = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    *_, is_open, verdict = without.stdout.splitlines()
    assert is_open.startswith("OPEN   manifest.json: nothing was given to hold it against (--manifest SHA256)")
    assert verdict == "Everything that can be checked holds."
    assert "verify.py --manifest SHA256" in (folder / "README.html").read_text(encoding="utf-8")
    with (folder / "trail" / "chain.csv").open("a") as file:
        file.write("device,none,1,x,y,z\r\n")
    broken = subprocess.run(command, capture_output=True, text=True, check=False)
    assert broken.returncode == 1
    assert "WRONG  trail/chain.csv was changed" in broken.stdout


def test_a_changed_missing_or_added_file_is_found(services: Services, tmp_path: Path) -> None:
    folder = made(services, tmp_path / "bundle", Wanted(CutKind.INTERIM, MORNING, scope=Scope.ARCHIVE)).folder
    (folder / "notes.txt").write_text("mine")
    (folder / CHECKER).unlink()
    with (folder / FACTS).open("r+b") as file:
        file.write(b"x")
    flaws = check(folder).flaws
    assert "notes.txt does not belong to the bundle" in flaws
    assert f"{CHECKER} is missing" in flaws
    assert f"{FACTS} was changed" in flaws


def test_a_row_taken_out_of_a_chain_is_found_although_the_hashes_were_made_to_fit(
    services: Services, tmp_path: Path
) -> None:
    folder = made(services, tmp_path / "bundle").folder
    chain = folder / "trail" / "chain.csv"
    lines = chain.read_bytes().splitlines(keepends=True)
    chain.write_bytes(b"".join(lines[:3] + lines[4:]))
    said = manifest(folder)
    for one in said["files"]:
        if one["path"] == "trail/chain.csv":
            one["sha256"] = hashlib.sha256(chain.read_bytes()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(said))
    flaws = check(folder).flaws
    assert any("has a gap before" in flaw for flaw in flaws)
    assert not any("was changed" in flaw for flaw in flaws)


def test_a_chain_that_is_cut_off_in_the_middle_of_a_line_is_said(services: Services, tmp_path: Path) -> None:
    folder = made(services, tmp_path / "bundle").folder
    chain = folder / "trail" / "chain.csv"
    whole = chain.read_bytes()
    line = whole.rindex(b"\n", 0, len(whole) - 2) + 1
    chain.write_bytes(whole[: whole.index(b",", line) + 1])  # a row that has no id
    flaws = check(folder).flaws
    assert "trail/chain.csv was changed" in flaws
    assert any("audit cannot be checked" in flaw for flaw in flaws), flaws


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"files": 1}', b'{"files": [{"path": "a"}]}'])
def test_a_damaged_manifest_is_said_and_nothing_is_raised(services: Services, tmp_path: Path, damage: bytes) -> None:
    folder = made(services, tmp_path / "bundle").folder
    (folder / MANIFEST).write_bytes(damage)
    (flaw,) = check(folder).flaws
    assert flaw.startswith("manifest.json cannot be read")


def test_cut_and_extract_are_in_the_trail(services: Services, tmp_path: Path) -> None:
    bundle = made(services, tmp_path / "bundle")
    made(services, tmp_path / "again")
    with reading(services.engine) as connection:
        (cut,) = site_facts.of_kinds(connection, [CUT_TAKEN])
        extracts = site_facts.of_kinds(connection, [EXTRACT_MADE])
    assert json.loads(cut.body)["cut_id"] == bundle.cut.id
    assert [json.loads(one.body)["sha256"] for one in extracts] == [bundle.manifest_sha256] * 2
    assert {one.author for one in (cut, *extracts)} == {"somebody"}


def test_a_cut_that_could_still_change_is_refused(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    for moment in (clock.now() + timedelta(days=1), clock.now() - timedelta(seconds=59)):
        with pytest.raises(CommandRefused) as refused:
            made(services, tmp_path / "bundle", Wanted(CutKind.FINAL, moment))
        assert refused.value.code == Code.CUT_IN_FUTURE
    assert not (tmp_path / "bundle").exists()


def test_before_the_study_there_is_nothing_to_cut(services: Services, tmp_path: Path) -> None:
    with pytest.raises(CommandRefused) as refused:
        made(services, tmp_path / "bundle", Wanted(CutKind.FINAL, at(date(2020, 1, 1), 0)))
    assert refused.value.code == Code.CUT_BEFORE_STUDY


def test_a_cut_that_no_longer_holds_what_it_held_is_refused(services: Services, tmp_path: Path) -> None:
    made(services, tmp_path / "first")
    bodies: dict[str, Any] = {"cut": "final", "cut_id": "x", "cut_at": "2026-11-28T20:00:00.000Z"}
    services.writer.run(
        "~",
        lambda connection: site_facts.append(
            connection, site="*", kind=CUT_TAKEN, body={**bodies, "content_sha256": "0" * 64}, author="somebody",
            at=services.environment.now(), id=services.environment.new_id(),
        ),
    )  # fmt: skip
    with pytest.raises(CommandRefused) as refused:
        made(services, tmp_path / "second", Wanted(CutKind.FINAL, MORNING))
    assert refused.value.code == Code.CUT_DIFFERS
    assert not (tmp_path / "second").exists()


def test_a_target_that_holds_something_or_cannot_be_written_is_refused(services: Services, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("full", "file"):
        with pytest.raises(CommandRefused) as refused:
            made(services, tmp_path / name)
        assert refused.value.code == Code.FOLDER_NOT_EMPTY
    with pytest.raises(CommandRefused) as refused:
        made(services, tmp_path / "file" / "below")
    assert refused.value.code == Code.FOLDER_NOT_WRITABLE
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith(".")) == []


def test_an_interrupted_run_leaves_nothing_and_the_next_clears_up_after_a_killed_one(
    services: Services, tmp_path: Path
) -> None:
    def stop(done: int, whole: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_bundle(services, tmp_path / "bundle", Wanted(CutKind.INTERIM, MORNING), author="somebody", progress=stop)
    assert not [one for one in tmp_path.iterdir() if "bundle" in one.name]
    left = tmp_path / ".bundle.abc.unfinished"
    left.mkdir()
    made(services, tmp_path / "bundle")
    assert not left.exists()
    assert not list(services.settings.var_folder.glob(".cut.*"))


def test_a_bundle_of_another_run_is_left_alone(services: Services, tmp_path: Path) -> None:
    other = tmp_path / ".bundle.other.unfinished"
    other.mkdir()
    held = os.open(other, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    made(services, tmp_path / "bundle")
    assert other.exists()
    os.close(held)


def test_the_archive_holds_no_secret_and_no_contact_data(services: Services, tmp_path: Path) -> None:
    folder = made(services, tmp_path / "bundle", Wanted(CutKind.INTERIM, MORNING, scope=Scope.ARCHIVE)).folder
    shutil.unpack_archive(folder / FACTS, tmp_path / "facts", "zip")
    there = {one.stem for one in (tmp_path / "facts" / "tables").iterdir()}
    assert "record" in there
    assert not there & {"contact_detail", "account", "session", "push_address", "second_factor", "invitation"}
    with reading(services.engine) as connection:
        codes = connection.exec_driver_sql("SELECT code_hash FROM activation").scalars().all()
    everything = b"".join(content(tmp_path / "facts").values())
    assert codes
    assert not [code for code in (*codes, services.secret.hex()) if str(code).encode() in everything]


def test_no_server_is_made_from_dummies(services: Services, tmp_path: Path) -> None:
    wanted = Wanted(CutKind.INTERIM, MORNING, scope=Scope.ARCHIVE, is_test=True)
    folder = make_bundle(services, tmp_path / "bundle", wanted, author="somebody").folder
    with pytest.raises(CommandRefused, match="its participants are dummies") as refused:
        archive_in(folder)
    assert refused.value.code == Code.BUNDLE_BROKEN


def test_test_bundles_cannot_be_taken_for_real_ones(services: Services, tmp_path: Path) -> None:
    folder = made(services, tmp_path / "bundle", Wanted(CutKind.INTERIM, MORNING, is_test=True)).folder
    assert manifest(folder)["test"] is True
    assert manifest(folder)["studyid"].startswith("TEST-")


def test_the_folder_is_as_readable_as_the_user_makes_folders(services: Services, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        folder = made(services, tmp_path / "bundle").folder
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750


def test_of_some_sites_there_is_nobody_elsewhere(services: Services, tmp_path: Path) -> None:
    wanted = Wanted(CutKind.INTERIM, MORNING, sites=frozenset({"odense"}))
    bundle = make_bundle(services, tmp_path / "bundle", wanted, author="somebody")
    assert bundle.counts["participants"] == 1
    assert check(bundle.folder).flaws == []
    everything = content(bundle.folder)
    assert b"02-001" in everything["trail/chain.csv"]
    assert not [name for name, data in everything.items() if b"01-001" in data or b"MORE-01-" in data]
    assert b"only 02 Odense Universitetshospital" in everything["README.html"]
    assert manifest(bundle.folder)["facts"] == {}


def test_no_file_of_a_site_can_be_taken_for_one_of_everybody(services: Services, tmp_path: Path) -> None:
    whole = made(services, tmp_path / "whole")
    wanted = Wanted(CutKind.INTERIM, MORNING, sites=frozenset({"odense"}))
    of_one = make_bundle(services, tmp_path / "one", wanted, author="somebody")
    assert whole.cut.id != of_one.cut.id
    assert whole.cut.content_sha256 == of_one.cut.content_sha256
    assert whole.cut.id.encode() not in (of_one.folder / "odm" / "odm.xml").read_bytes()
    with reading(services.engine) as connection:
        assert len(site_facts.of_kinds(connection, [CUT_TAKEN])) == 1
