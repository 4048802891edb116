"""What was backed up is what is restored, from either database into either; nothing else may be restored."""

import json
import stat
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from diary_app.core.errors import Code, CommandRefused, XerodiaryError
from diary_app.core.facts import ContactField
from server import jobs
from server.backup import archive, erasures, farthest, making, restoring
from server.backup.archive import Manifest
from server.backup.erasures import Erasure
from server.backup.making import Made
from server.backup.rows import PASSING, TableShape, kept_tables, lines
from server.db import participants, push_addresses
from server.db.engine import make_engine, reading
from server.db.push_addresses import KeptAddress
from server.db.tables import ERASABLE_TABLES, FACT_TABLES, METADATA, WORKING_TABLES
from server.intake.held import holding
from server.intake.reaching import change_contact
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.server.handset import add
from tests.server.test_rebuild import without_nonces, working

FIELDS = ("phone", "email")


def content(connection: Connection) -> dict[str, list[bytes]]:
    return {shape.name: list(lines(connection, shape)) for shape in kept_tables()}


def content_of(settings: Settings) -> dict[str, list[bytes]]:
    engine = make_engine(settings.database_url)
    with reading(engine) as connection:
        found = content(connection)
    engine.dispose()
    return found


def refused(act: Callable[[], object]) -> Code:
    with pytest.raises(XerodiaryError) as refusal:
        act()
    assert refusal.value.remedy
    return refusal.value.code


def test_every_fact_and_all_contact_data_come_back(
    made: Made, lived: Services, target: Settings, clock: SimulatedEnvironment
) -> None:
    restoring.restore(made.file, target, clock)
    with reading(lived.engine) as connection:
        before = content(connection)
    assert min(len(before[name]) for name in ("record", "contact", "quarantine", "participant_fact", "activation")) > 0
    assert content_of(target) == before


def test_working_tables_are_those_that_were_backed_up(
    made: Made, lived: Services, target: Settings, clock: SimulatedEnvironment
) -> None:
    restored = restoring.restore(made.file, target, clock)
    again = open_services(target, clock)
    for participant in (ALICE, BOB, "01-002"):
        row, phones, days = working(lived, participant)
        row_now, phones_now, days_now = working(again, participant)
        assert (row_now, days_now) == (row, days)
        assert [without_nonces(one) for one in phones_now] == [without_nonces(one) for one in phones]
    again.close()
    assert restored.participants == 3


def test_the_copy_is_another_epoch(made: Made, lived: Services, target: Settings, clock: SimulatedEnvironment) -> None:
    restored = restoring.restore(made.file, target, clock)
    again = open_services(target, clock)
    assert again.epoch == restored.epoch != lived.epoch == made.manifest.epoch
    again.close()


def test_no_change_number_is_given_twice_by_a_second_restore_within_minutes(
    clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    def begun_in(name: str) -> tuple[Services, int]:
        settings = Settings(database_url=f"sqlite:///{tmp_path}/{name}.sqlite", var_folder=tmp_path / "here")
        restoring.restore(made, settings, clock)
        services = open_services(settings, clock)
        with reading(services.engine) as connection:
            row = participants.get(connection, ALICE)
        assert row is not None
        return services, row.change_no

    source = open_services(Settings(database_url=f"sqlite:///{tmp_path}/a.sqlite", var_folder=tmp_path / "a"), clock)
    add(source, ALICE)
    made = making.make(source, tmp_path / "backups", clock.now()).file
    source.close()
    first, begun = begun_in("first")

    def many_changes(connection: Connection) -> None:
        with holding(connection, ALICE) as held:
            for _ in range(1000):
                held.next_change()

    first.writer.run(ALICE, many_changes)
    farthest.note(first, clock.now())
    first.close()
    given = begun + 1000
    clock.advance(seconds=90)
    second, begun = begun_in("second")
    second.close()
    assert begun > given


def test_the_sealing_key_comes_along(
    made: Made, lived: Services, target: Settings, clock: SimulatedEnvironment
) -> None:
    restoring.restore(made.file, target, clock)
    again = open_services(target, clock)
    assert again.sealing.public == lived.sealing.public
    again.close()
    assert stat.S_IMODE((target.var_folder / "sealing.key").stat().st_mode) == 0o600


def test_the_key_for_push_services_comes_along_where_there_is_one(
    settings: Settings, here: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    pushing = settings.model_copy(update={"push_hosts": "push.example"})
    services = open_services(pushing, clock)
    made = making.make(services, tmp_path / "backups", clock.now())
    services.close()
    restoring.restore(made.file, here, clock)
    assert (here.var_folder / "push.key").read_bytes() == (pushing.var_folder / "push.key").read_bytes()


def test_the_restored_trail_holds_together(
    made: Made, lived: Services, target: Settings, clock: SimulatedEnvironment
) -> None:
    assert restoring.restore(made.file, target, clock).flaws == 0


def test_only_the_owner_can_read_it_and_no_draft_stays(made: Made) -> None:
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.file.parent.stat().st_mode) == 0o700
    assert [file.name for file in made.file.parent.iterdir()] == [made.file.name]


def test_every_table_is_kept_or_can_be_spared(lived: Services) -> None:
    kept = {shape.name for shape in kept_tables()}
    spared = {str(row.__tablename__) for row in WORKING_TABLES} | PASSING
    assert kept | spared == set(METADATA.tables)
    assert kept & spared == set()
    assert {str(row.__tablename__) for row in FACT_TABLES} <= kept


def test_sessions_codes_and_tries_are_not_in_it(made: Made) -> None:
    with zipfile.ZipFile(made.file) as opened:
        names = set(opened.namelist())
    assert not names & {f"tables/{name}.ndjson" for name in ("session", "attempt", "enrolment_code", "server_state")}


def test_it_can_be_read_without_this_program(made: Made, lived: Services) -> None:
    with zipfile.ZipFile(made.file) as opened:
        study, manifest = opened.read("study.toml").decode(), json.loads(opened.read("manifest.json"))
        records = [json.loads(line) for line in opened.read("tables/record.ndjson").splitlines()]
    columns = [column["name"] for column in manifest["tables"][0]["shape"]["columns"]]
    first = dict(zip(columns, records[0], strict=True))
    assert (study, json.loads(first["text"])["id"]) == (lived.study.text, first["id"])


def test_what_arrives_meanwhile_is_not_half_in_it(lived: Services, clock: SimulatedEnvironment, tmp_path: Path) -> None:
    """A backup reads one snapshot, whatever is written while it reads."""
    with reading(lived.engine) as connection:
        shape = TableShape.of(METADATA.tables["chain_anchor"])
        before = list(lines(connection, shape))
        jobs.anchor(lived, clock.now())
        seen = list(lines(connection, shape))
    assert seen == before


# ---- into what it goes --------------------------------------------------------------------------------------


def test_a_database_that_holds_something_is_left_alone(
    made: Made, lived: Services, clock: SimulatedEnvironment
) -> None:
    with reading(lived.engine) as connection:
        before = content(connection)
    if lived.engine.dialect.name == "sqlite":
        lived.close()
    assert refused(lambda: restoring.restore(made.file, lived.settings, clock)) is Code.DATABASE_NOT_EMPTY
    assert content_of(lived.settings) == before


def test_a_restore_that_breaks_leaves_an_empty_database(
    small: Made, here: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    other = tmp_path / "study.toml"
    with zipfile.ZipFile(small.file) as opened:
        other.write_text(opened.read("study.toml").decode() + "\n# not the study that was live\n", encoding="utf-8")
    broken = here.model_copy(update={"study_file": other})
    assert refused(lambda: restoring.restore(small.file, broken, clock)) is Code.SETTING_INVALID
    assert restoring.restore(small.file, here, clock).participants == 0


def test_another_study_is_refused_before_anything_is_written(
    small: Made, here: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    other = tmp_path / "study.toml"
    with zipfile.ZipFile(small.file) as opened:
        text = opened.read("study.toml").decode()
    other.write_text(text.replace(f'id = "{small.manifest.study}"', 'id = "another-study"', 1), encoding="utf-8")
    changed = here.model_copy(update={"study_file": other})
    assert refused(lambda: restoring.restore(small.file, changed, clock)) is Code.SETTING_INVALID
    assert not (here.var_folder / "sealing.key").exists()


def test_another_sealing_key_is_not_overwritten(
    small: Made, here: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    elsewhere = Settings(database_url=f"sqlite:///{tmp_path}/elsewhere.sqlite", var_folder=here.var_folder)
    open_services(elsewhere, clock).close()
    key = (here.var_folder / "sealing.key").read_bytes()
    assert refused(lambda: restoring.restore(small.file, here, clock)) is Code.SETTING_INVALID
    assert (here.var_folder / "sealing.key").read_bytes() == key


# ---- contact data -------------------------------------------------------------------------------------------


def reach(services: Services, participant: str, **fields: str) -> None:
    given = {ContactField(name): text for name, text in fields.items()}
    services.writer.run(
        participant,
        lambda connection: change_contact(
            connection, services, participant, given, author="carol", at=services.environment.now()
        ),
    )


def reached(settings: Settings) -> dict[str, tuple[str, str]]:
    """Phone and e-mail address by participant."""
    rows = [json.loads(line) for line in content_of(settings)["contact_detail"]]
    return {who: (phone, email) for who, phone, email, *_ in rows}


@pytest.fixture
def reachable(services: Services) -> Services:
    for participant in (ALICE, BOB):
        add(services, participant)
        reach(services, participant, email=f"{participant}@example.org", phone="+4512345678")
    return services


def test_contact_data_comes_back_unless_it_was_erased_since(
    reachable: Services, target: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    reach(reachable, BOB, email="")
    clock.advance(minutes=1)
    reach(reachable, BOB, email=f"{BOB}@example.org")
    made = making.make(reachable, folder, clock.now())
    clock.advance(hours=1)
    reach(reachable, ALICE, email="", phone="")
    noted = erasures.noted(erasures.folder_of(reachable.settings) / erasures.FILE)
    assert restoring.restore(made.file, target, clock, noted).erased == 1
    assert reached(target) == {BOB: ("+4512345678", f"{BOB}@example.org")}


@pytest.mark.parametrize("hours", [-48, 48])
def test_what_was_erased_stays_erased_whatever_the_clock_showed_at_the_backup(
    reachable: Services, here: Settings, clock: SimulatedEnvironment, tmp_path: Path, hours: int
) -> None:
    made = making.make(reachable, tmp_path, clock.now() + timedelta(hours=hours))
    reach(reachable, ALICE, email="", phone="")
    noted = erasures.noted(erasures.folder_of(reachable.settings) / erasures.FILE)
    restoring.restore(made.file, here, clock, noted)
    assert set(reached(here)) == {BOB}


def test_one_that_was_under_way_while_another_was_made_is_made_again(
    reachable: Services, here: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    """Two processes erase at the same time; the second is done when the backup is taken, the first not yet."""
    folder = erasures.folder_of(reachable.settings)
    clock.advance(minutes=1)
    erasures.note(folder, [Erasure(clock.now(), ALICE, "email")])
    clock.advance(seconds=1)
    reach(reachable, BOB, email="", phone="")
    made = making.make(reachable, tmp_path, clock.now())
    restoring.restore(made.file, here, clock, erasures.noted(folder / erasures.FILE))
    assert reached(here) == {ALICE: ("+4512345678", "")}


def test_one_that_was_never_made_takes_nothing_that_was_typed_later(
    reachable: Services, here: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    folder = erasures.folder_of(reachable.settings)
    erasures.note(folder, [Erasure(clock.now(), ALICE, "email")])
    clock.advance(seconds=1)
    reach(reachable, BOB, email="", phone="")
    clock.advance(hours=24)
    reach(reachable, ALICE, email="new@example.org")
    made = making.make(reachable, tmp_path, clock.now())
    restoring.restore(made.file, here, clock, erasures.noted(folder / erasures.FILE))
    assert reached(here) == {ALICE: ("+4512345678", "new@example.org")}


def test_what_is_not_there_is_not_noted_as_erased(reachable: Services) -> None:
    reach(reachable, ALICE, email="")
    reach(reachable, ALICE, email="")
    noted = erasures.noted(erasures.folder_of(reachable.settings) / erasures.FILE)
    assert [(one.participant, one.field) for one in noted] == [(ALICE, "email")]


def test_an_erasure_that_was_just_under_way_holds(
    reachable: Services, here: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    erasures.note(tmp_path, [Erasure(clock.now(), ALICE)])
    clock.advance(minutes=1)
    made = making.make(reachable, tmp_path, clock.now())
    restoring.restore(made.file, here, clock)
    assert set(reached(here)) == {BOB}


def test_of_one_field_erased_only_that_field_is_gone(
    reachable: Services, target: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    made = making.make(reachable, tmp_path, clock.now())
    clock.advance(hours=1)
    erasures.note(tmp_path, [Erasure(clock.now(), ALICE, "email"), *(Erasure(clock.now(), BOB, f) for f in FIELDS)])
    restoring.restore(made.file, target, clock)
    assert reached(target) == {ALICE: ("+4512345678", "")}


def test_erasing_reaches_every_table_of_contact_data(services: Services, clock: SimulatedEnvironment) -> None:
    holders = [METADATA.tables[str(row.__tablename__)] for row in ERASABLE_TABLES]
    assert {"contact_detail", "push_address"} <= {table.name for table in holders if "participant" in table.columns}
    add(services, ALICE)
    reach(services, ALICE, email="alice@example.org")
    address = KeptAddress("d", ALICE, "https://push.example/1", "p", "a", clock.now())
    services.writer.run(ALICE, lambda connection: push_addresses.keep(connection, address))
    services.writer.run(ALICE, lambda connection: erasures.erase(connection, Erasure(clock.now(), ALICE)))
    found = content_of(services.settings)
    assert (found["contact_detail"], found["push_address"]) == ([], [])


def test_a_fresh_backup_holds_nothing_of_what_was_erased(
    reachable: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    reach(reachable, ALICE, email="", phone="")
    made = making.make(reachable, tmp_path, clock.now())
    with zipfile.ZipFile(made.file) as opened:
        everything = b"".join(opened.read(name) for name in opened.namelist())
    assert (f"{ALICE}@example.org".encode() in everything, f"{BOB}@example.org".encode() in everything) == (False, True)


def test_a_line_that_a_power_cut_left_half_written_is_passed_over(tmp_path: Path, clock: SimulatedEnvironment) -> None:
    erasures.note(tmp_path, [Erasure(clock.now(), ALICE, "email")])
    with (tmp_path / erasures.FILE).open("a") as stream:
        stream.write("2026-11-22T18")
    assert erasures.noted(tmp_path / erasures.FILE) == [Erasure(clock.now(), ALICE, "email")]
    erasures.note(tmp_path, [Erasure(clock.now(), BOB, "email")])
    assert [one.participant for one in erasures.noted(tmp_path / erasures.FILE)] == [ALICE, BOB]


def test_a_whole_line_behind_one_cut_short_is_read(tmp_path: Path, clock: SimulatedEnvironment) -> None:
    """As earlier releases left them."""
    erasures.note(tmp_path, [Erasure(clock.now(), ALICE, "email")])
    file = tmp_path / erasures.FILE
    file.write_text(f"2026-11-22T18{file.read_text()}")
    assert erasures.noted(file) == [Erasure(clock.now(), ALICE, "email")]


# ---- files that are not as they were ------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.95, 0.999])
def test_a_file_cut_short_is_refused(small: Made, here: Settings, clock: SimulatedEnvironment, share: float) -> None:
    whole = small.file.read_bytes()
    small.file.write_bytes(whole[: int(len(whole) * share)])
    assert refused(lambda: restoring.restore(small.file, here, clock)) is Code.BACKUP_UNREADABLE


def test_whatever_byte_is_changed_nothing_else_is_restored(
    small: Made, here: Settings, clock: SimulatedEnvironment
) -> None:
    """Each change is refused, or is one of the zip's own notes (times, attributes) that say nothing about the data."""
    whole = small.file.read_bytes()
    refusals = 0
    with archive.opened(small.file) as backup:
        manifest = backup.manifest
    for place in range(0, len(whole), max(1, len(whole) // 300)):
        small.file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        found = verified(small.file)
        assert found in (None, manifest)
        refusals += found is None
    assert refusals > 200


def verified(file: Path) -> Manifest | None:
    """What is read from it; None when it is refused."""
    try:
        with archive.opened(file) as backup:
            backup.verify()
            return backup.manifest
    except CommandRefused:
        return None


def rewritten(file: Path, **changes: object) -> Path:
    """The same backup with another manifest."""
    changed = file.with_name("changed.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name == archive.MANIFEST:
                body = json.dumps({**json.loads(body), **changes}).encode()
            new.writestr(name, body)
    return changed


@pytest.mark.parametrize("changes", [{"schema_revision": "9999"}, {"format": 2, "tables": "quite another form"}])
def test_a_backup_of_a_newer_release_is_refused(
    small: Made, here: Settings, clock: SimulatedEnvironment, changes: dict[str, object]
) -> None:
    newer = rewritten(small.file, **changes)
    assert refused(lambda: restoring.restore(newer, here, clock)) is Code.BACKUP_TOO_NEW


def test_a_table_that_was_taken_out_is_missed(small: Made, here: Settings, clock: SimulatedEnvironment) -> None:
    changed = small.file.with_name("changed.zip")
    with zipfile.ZipFile(small.file) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist()[1:]:
            new.writestr(name, old.read(name))
    assert refused(lambda: restoring.restore(changed, here, clock)) is Code.BACKUP_UNREADABLE


def test_any_other_file_is_refused(here: Settings, clock: SimulatedEnvironment, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Carol")
    for file in (tmp_path / "letter.txt", tmp_path / "nowhere.zip", tmp_path):
        assert refused(lambda file=file: restoring.restore(file, here, clock)) is Code.BACKUP_UNREADABLE
