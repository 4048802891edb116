"""A rescue file, or its scanned codes, at the terminal: taken in once, and refused with a code and a remedy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from diary_app.core.environment import SystemEnvironment
from diary_app.core.rescue import MAX_FILE_BYTES, RescueFile, read_rescue
from diary_app.core.rescue_codes import codes_of
from diary_app.core.sealing import to_base64, without_waiting
from diary_app.sealing.native import NativeCipher
from server.db.engine import reading
from server.db.tables import METADATA
from server.services import Services, open_services
from server.settings import load_settings
from tests.commands.conftest import Run, refusal
from tests.conftest import ALICE
from tests.server.handset import Handset, ready
from tests.server.test_rescue import file_of

RECORD = METADATA.tables["record"]


@pytest.fixture
def opened(run: Run) -> Iterator[Services]:
    """The study's database, in the folder of the terminal."""
    services = open_services(load_settings(), SystemEnvironment())
    yield services
    services.close()


@pytest.fixture
def alice(opened: Services) -> Handset:
    """Her phone holds one record more than it could send."""
    handset = ready(opened, ALICE)
    handset.record("app_event")
    return handset


def kept(services: Services, record: str) -> bool:
    with reading(services.engine) as connection:
        return connection.execute(RECORD.select().where(RECORD.c.id == record)).one_or_none() is not None


def test_what_the_phone_could_not_send_is_taken_in(run: Run, opened: Services, alice: Handset) -> None:
    Path("diary.rescue").write_bytes(file_of(alice))
    told = run("participant", "rescue", "diary.rescue")
    assert (told.exit_code, told.output.splitlines()[1].split()) == (0, [ALICE, "1", "0", "0"])
    assert kept(opened, alice.records[-1].id)


def test_the_same_file_twice_is_known_already(run: Run, alice: Handset) -> None:
    Path("diary.rescue").write_bytes(file_of(alice))
    run("participant", "rescue", "diary.rescue")
    assert run("participant", "rescue", "diary.rescue").output.splitlines()[1].split() == [ALICE, "0", "1", "0"]


def test_what_is_on_the_phone_alone_is_said(run: Run, alice: Handset) -> None:
    file = read_rescue(file_of(alice)).model_copy(update={"left_out": 2})
    Path("diary.rescue").write_bytes(file.to_bytes())
    first, *_ = run("participant", "rescue", "diary.rescue").output.splitlines()
    assert first == "2 could not be put into the file, and are on the phone alone: let it be kept."


def test_a_text_file_of_scanned_codes_is_taken_in_as_the_file_is(run: Run, opened: Services, alice: Handset) -> None:
    for _ in range(2):
        alice.record("app_event")
    codes = codes_of(read_rescue(file_of(alice)))
    Path("scanned.txt").write_text("\n".join(codes[1:]), encoding="utf-8")
    error = refusal(run("participant", "rescue", "scanned.txt"))
    assert (error.code, f"Still to scan: 1 (of {len(codes)})" in error.message) == ("rescue_codes_missing", True)
    Path("scanned.txt").write_text("\n".join([*codes[1:], codes[0]]), encoding="utf-8")
    told = run("participant", "rescue", "scanned.txt")
    assert (told.exit_code, told.output.splitlines()[1].split()) == (0, [ALICE, "3", "0", "0"])
    assert kept(opened, alice.records[-1].id)


def test_what_is_sealed_to_another_key_is_told_with_its_code(run: Run, opened: Services, alice: Handset) -> None:
    elsewhere = to_base64(without_waiting(NativeCipher().new_pair()).public)
    Path("diary.rescue").write_bytes(file_of(alice, study=elsewhere))
    told = run("participant", "rescue", "diary.rescue")
    assert "1 could not be opened: they were sealed to another key. [envelope_unreadable]" in told.output
    assert not kept(opened, alice.records[-1].id)


def test_a_file_with_nothing_in_it_is_said_to_hold_nothing(run: Run, opened: Services) -> None:
    Path("diary.rescue").write_bytes(RescueFile(app_version="1", chains=()).to_bytes())
    assert "holds nothing" in run("participant", "rescue", "diary.rescue").output


def test_a_file_of_another_study_is_refused(run: Run, alice: Handset) -> None:
    alice.device = "99999999-9999-4999-8999-999999999999"
    Path("diary.rescue").write_bytes(file_of(alice))
    assert refusal(run("participant", "rescue", "diary.rescue")).code == "rescue_not_ours"


@pytest.mark.parametrize("content", [b"", b"garbage", b"{" * (MAX_FILE_BYTES + 1)])
def test_a_file_that_is_none_is_refused_with_a_remedy(run: Run, content: bytes) -> None:
    Path("diary.rescue").write_bytes(content)
    error = refusal(run("participant", "rescue", "diary.rescue"))
    assert (error.code, bool(error.remedy)) == ("rescue_unreadable", True)


def test_a_file_that_is_not_there_is_a_usage_error(run: Run) -> None:
    assert run("participant", "rescue", "nowhere.rescue").exit_code == 2
