"""What the app leaves for the page's worker, when it does, and how the page tells the app of itself."""

import json
from pathlib import Path

import pytest

from diary_app.app import start
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.records import RecordKind
from diary_app.core.wire import CONTACT_PATH, ContactRequest
from diary_app.courier import Courier
from diary_app.journal import Journal
from diary_app.places import problem_of
from diary_app.sync.outcome import SyncOutcome
from tests.screens.conftest import CODE, Phone
from tests.screens.driving import Screen
from tests.screens.test_app import FakeServer, FileHost, StandingClock


@pytest.fixture
def heard() -> list[SyncOutcome]:
    return []


@pytest.fixture
def courier(phone: Phone, heard: list[SyncOutcome]) -> Courier:
    return Courier(phone.diary, phone.host, phone.clock, heard.append, lambda _: FakeServer())


def left(phone: Phone) -> ContactRequest:
    """The last thing that the worker was told to say."""
    return ContactRequest.model_validate(json.loads(phone.host.standings[-1])["message"])


async def test_before_enrolment_nothing_is_said(phone: Phone, courier: Courier) -> None:
    courier.wake()
    assert phone.host.standings == []


async def test_after_each_save_the_worker_knows_what_waits(alice: Phone, courier: Courier) -> None:
    courier.wake()
    before = left(alice)
    alice.diary.append(RecordKind.TRAINING, {})
    courier.wake()
    assert left(alice).pending == before.pending + 1
    assert left(alice).head.sequence == before.head.sequence + 1


async def test_what_is_left_names_path_and_token_and_no_answers(alice: Phone, courier: Courier) -> None:
    alice.train()
    courier.wake()
    standing = json.loads(alice.host.standings[-1])
    installation = alice.diary.installation()
    assert installation is not None
    assert (standing["path"], standing["token"]) == (CONTACT_PATH, installation.token)
    assert set(standing["message"]) == {"protocol", "device", "device_clock", "head", "pending"}


async def test_the_page_hears_that_the_app_is_up(alice: Phone, tmp_path: Path) -> None:
    host, screen = FileHost(file=str(tmp_path / "started.db"), code=CODE), Screen()
    clock = StandingClock(alice.clock.now())
    await screen.start(lambda page: start(page, host, clock, lambda _: FakeServer()))
    assert "shown" in host.told
    screen.close()


@pytest.mark.parametrize(
    ("code", "works"),
    [(Code.STORAGE_TOO_NEW, False), (Code.DATABASE_GUARDS_MISSING, False), (Code.STORAGE_FULL, True)],
)
def test_a_version_that_cannot_open_the_diary_does_not_work_here(alice: Phone, code: Code, works: bool) -> None:
    def open_journal() -> Journal:
        raise DiaryUnavailable(code, "no", "wait")

    state = alice.state_with(open_journal)
    state.open()
    assert state.problem is problem_of(code)
    assert state.works_here is works


async def test_an_older_app_on_a_newer_file_leads_back_to_the_newest(alice: Phone) -> None:
    def open_journal() -> Journal:
        raise DiaryUnavailable(Code.STORAGE_TOO_NEW, "newer", "update")

    alice.state = alice.state_with(open_journal)
    screen = await alice.open()
    await screen.tap("remedy")
    assert "update" in alice.host.told
