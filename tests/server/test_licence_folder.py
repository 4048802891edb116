"""Licensed words on the server: read at the start or named with their faults, and sent to active phones only."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from diary_app.core.errors import Code, FileInvalid, XerodiaryError
from diary_app.core.facts import DeviceState
from server.intake import staff
from server.licensing import read_folder
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.licensed import MARK, install, licence, wording
from tests.server.handset import Handset, ready
from tests.server.visiting import opened_with_grix, with_grix


@pytest.fixture
def services(migrated_sqlite: str, clock: SimulatedEnvironment, tmp_path: Path) -> Iterator[Services]:
    settings = Settings(database_url=migrated_sqlite, var_folder=tmp_path / "var")
    yield from opened_with_grix(settings, clock, tmp_path)


@pytest.fixture
def phone(services: Services) -> Handset:
    return ready(services, ALICE)


def faults(folder: Path) -> dict[str, str]:
    with pytest.raises(FileInvalid) as caught:
        read_folder(folder)
    assert caught.value.code is Code.LICENCE_INVALID
    return {f"{one.file}:{one.line}:{one.key}": one.message for one in caught.value.problems}


def test_no_folder_is_nothing_licensed() -> None:
    assert read_folder(None).files == ()


def test_a_folder_that_is_not_there_is_a_setting_at_fault(tmp_path: Path) -> None:
    with pytest.raises(XerodiaryError, match="XERODIARY_LICENCE_FOLDER") as refusal:
        read_folder(tmp_path / "nowhere")
    assert refusal.value.code is Code.SETTING_INVALID


def test_other_files_in_the_folder_are_no_business_of_ours(tmp_path: Path) -> None:
    install(tmp_path / "licences").joinpath("agreement.pdf").write_bytes(b"%PDF")
    assert len(read_folder(tmp_path / "licences").files) == 2


def test_every_fault_of_every_file_is_named(tmp_path: Path) -> None:
    folder = install(tmp_path / "licences")
    (folder / "a.licence.toml").write_text(licence().replace('holder = "A university hospital"', ""))
    (folder / "b.wording.toml").write_text(wording().replace("[items.GRIX14]", "[items.GRIX15]"))
    (folder / "c.wording.toml").write_bytes(b"\xff\xfe")
    found = faults(folder)
    assert {place.split(":")[0] for place in found} == {"a.licence.toml", "b.wording.toml", "c.wording.toml"}
    assert MARK not in "".join(found.values())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('instrument = "GRIX"', 'instrument = "DMD"', "there is no licensed questionnaire DMD 1.0."),
        ('\nversion = "1.0"', '\nversion = "7"', "there is no licensed questionnaire GRIX 7."),
        ('language = "da"', 'language = "sv"', "the app does not speak sv."),
    ],
)
def test_a_wording_for_nothing_that_is_here_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "x.wording.toml").write_text(wording().replace(old, new))
    assert message in faults(tmp_path).values()


def test_two_wordings_for_one_language_are_one_too_many(tmp_path: Path) -> None:
    folder = install(tmp_path / "licences", "da")
    (folder / "another.wording.toml").write_text(wording(version="2.0"))
    assert "another.wording.toml has the same questionnaire and language." in faults(folder).values()


def test_a_start_without_the_licence_is_refused_by_line_and_key(
    settings: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    wanting = with_grix(settings, tmp_path)
    (tmp_path / "licences" / "grix-1.0-en.licence.toml").unlink()
    with pytest.raises(FileInvalid, match=r"instruments\.0\.code: there is no licence for GRIX 1\.0 in en") as refusal:
        open_services(wanting, clock)
    assert refusal.value.code is Code.WORDING_NOT_INSTALLED


def test_an_enrolled_phone_hears_every_word_once(services: Services, phone: Handset) -> None:
    heard = phone.enrol(_new_code(services)).wordings
    assert sorted(one.text for one in heard.texts) == sorted([wording("da"), wording("en")])
    again = phone.sync(wordings=heard.in_use).wordings
    assert (again.in_use, again.texts) == (heard.in_use, ())


def test_a_phone_that_lacks_one_hears_that_one(phone: Handset) -> None:
    first, second = phone.sync().wordings.in_use
    assert [one.sha256 for one in phone.sync(wordings=[first]).wordings.texts] == [second]


def test_languages_that_the_study_does_not_speak_are_not_sent(
    settings: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    chosen = with_grix(settings, tmp_path)
    study = tmp_path / "study.toml"
    study.write_text(study.read_text().replace('languages = ["da", "en"]', 'languages = ["da"]'), encoding="utf-8")
    services = open_services(chosen, clock)
    heard = ready(services, ALICE).sync().wordings
    assert [one.text for one in heard.texts] == [wording("da")]
    services.close()


def test_a_phone_that_is_not_active_hears_no_word(services: Services, phone: Handset) -> None:
    now = phone.now()
    services.writer.run(
        ALICE,
        lambda connection: staff.report_lost(connection, services, ALICE, reason="stolen", author="carol", at=now),
    )
    answer = phone.sync()
    assert answer.device_state is DeviceState.LOST
    assert (answer.wordings.in_use, answer.wordings.texts, answer.visits) == ((), (), ())


def test_a_licence_that_ends_ends_the_use(clock: SimulatedEnvironment, settings: Settings, tmp_path: Path) -> None:
    chosen = with_grix(settings, tmp_path)
    install(tmp_path / "licences", expires=date(2026, 11, 24))
    services = open_services(chosen, clock)
    phone = ready(services, ALICE)
    assert len(phone.sync().wordings.in_use) == 2
    clock.advance(days=3)
    assert phone.sync().wordings.in_use == ()
    services.close()


def _new_code(services: Services) -> str:
    now = services.environment.now()
    return services.writer.run(
        ALICE, lambda connection: staff.issue_code(connection, services, ALICE, author="carol", at=now)
    )
