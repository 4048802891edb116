"""The composition root: the app as Flet starts it, with the real sending and a server written by hand."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import flet as ft
import pytest

from diary_app import phone_host
from diary_app.app import start
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.wire import ENROL_PATH, SYNC_PATH
from diary_app.enrolling import Trouble
from diary_app.phone_host import PhoneHost
from diary_app.places import Problem
from diary_app.screens.problem import EXPLANATIONS
from diary_app.screens.welcome import TROUBLES
from diary_app.sync.transport import Answer, ServerUnreachable
from server.simulate.environment import SimulatedEnvironment
from tests.screens.conftest import CODE, FakeHost
from tests.screens.driving import Screen
from tests.storage.phones import answer


class StandingClock(SimulatedEnvironment):
    """Time stands still: moments pass, and whoever waits for longer waits for good."""

    async def sleep(self, seconds: float) -> None:
        if seconds >= 1:
            await asyncio.Event().wait()


class SleepyClock(SimulatedEnvironment):
    """Whoever waits goes on when it is awake."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.awake = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if seconds >= 1:
            await asyncio.Event().wait()
        await self.awake.wait()


@dataclass
class FakeServer:
    """Answers with what it was given, in turn; then it cannot be reached."""

    answers: list[Answer] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    async def post(self, path: str, body: bytes, token: str | None = None) -> Answer:
        self.paths.append(path)
        if not self.answers:
            raise ServerUnreachable("no network")
        return self.answers.pop(0)


@dataclass
class FileHost(FakeHost):
    """A host that keeps the diary in a file."""

    file: str = ""
    fault_of_enrolling: Exception | None = None

    def forget_enrol_code(self) -> None:
        if self.fault_of_enrolling:
            raise self.fault_of_enrolling
        super().forget_enrol_code()

    def database(self) -> str:
        return self.file

    def has_file(self) -> bool:
        return Path(self.file).exists()


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def host(tmp_path: Path) -> FileHost:
    return FileHost(file=str(tmp_path / "diary.db"))


@pytest.fixture
async def screen(host: FileHost, server: FakeServer) -> AsyncIterator[Screen]:
    clock = StandingClock(datetime(2026, 11, 22, 18, tzinfo=UTC))
    screen = Screen()
    await screen.start(lambda page: start(page, host, clock, lambda _address: server))
    yield screen
    screen.close()


async def test_a_fresh_phone_opens_with_a_welcome(screen: Screen) -> None:
    assert "Welcome to your diary" in screen.texts()
    assert screen.page.title == "Diary"
    assert screen.page.theme_mode is ft.ThemeMode.SYSTEM


async def test_the_welcome_is_there_before_the_place_for_a_diary_is_made(host: FileHost, server: FakeServer) -> None:
    screen, clock = Screen(), SleepyClock(datetime(2026, 11, 22, 18, tzinfo=UTC))
    await screen.start(lambda page: start(page, host, clock, lambda _address: server))
    assert "Welcome to your diary" in screen.texts()
    assert not host.has_file()
    assert "shown" not in host.told  # whether this version can keep a diary here is not known yet
    clock.awake.set()
    await screen.settle()
    assert host.has_file()
    assert "shown" in host.told
    screen.close()


async def test_a_code_that_is_quicker_than_the_file_is_used(host: FileHost, server: FakeServer) -> None:
    screen, clock = Screen(), SleepyClock(datetime(2026, 11, 22, 18, tzinfo=UTC))
    server.answers.append(Answer(200, answer(clock).model_dump_json().encode()))
    await screen.start(lambda page: start(page, host, clock, lambda _address: server))
    await screen.type("code", CODE)
    await screen.tap("enrol")
    assert "Prøv det først én gang" in screen.texts()  # as the site set it
    clock.awake.set()
    await screen.settle()
    assert "Prøv det først én gang" in screen.texts()  # as the site set it
    screen.close()


async def test_a_place_where_nothing_can_be_kept_is_told_after_the_welcome(tmp_path: Path, server: FakeServer) -> None:
    host = FileHost(file=str(tmp_path / "no such folder" / "diary.db"))
    screen, clock = Screen(), SleepyClock(datetime(2026, 11, 22, 18, tzinfo=UTC))
    await screen.start(lambda page: start(page, host, clock, lambda _address: server))
    await screen.type("code", CODE)
    await screen.tap("enrol")
    assert TROUBLES[Trouble.OTHER] in screen.texts()
    clock.awake.set()
    await screen.settle()
    assert screen.has("problem")
    assert server.paths == []
    assert "shown" not in host.told
    screen.close()


def test_a_first_visit_loads_no_database() -> None:
    late = ("sqlalchemy", "httpx", "segno", "flet_charts", "diary_app.screens.inside")
    program = f"import sys, diary_app.app; print([name for name in {late} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"


async def test_a_code_is_sent_and_makes_the_diary_ones_own(screen: Screen, server: FakeServer) -> None:
    enrolled = answer(StandingClock(datetime(2026, 11, 22, 18, tzinfo=UTC)))
    server.answers.append(Answer(200, enrolled.model_dump_json().encode()))
    await screen.type("code", CODE)
    await screen.tap("enrol")
    assert server.paths[0] == ENROL_PATH
    assert "Prøv det først én gang" in screen.texts()  # as the site set it


async def test_the_network_coming_back_is_used_at_once(screen: Screen, server: FakeServer, host: FileHost) -> None:
    enrolled = answer(StandingClock(datetime(2026, 11, 22, 18, tzinfo=UTC)))
    server.answers.append(Answer(200, enrolled.model_dump_json().encode()))
    await screen.type("code", CODE)
    await screen.tap("enrol")
    tried = len(server.paths)
    assert host.network_back is not None
    host.network_back()
    await screen.settle()
    assert server.paths[tried:] == [SYNC_PATH]


async def test_without_a_network_the_code_waits(screen: Screen) -> None:
    await screen.type("code", CODE)
    await screen.tap("enrol")
    assert TROUBLES[Trouble.OFFLINE] in screen.texts()


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (ZeroDivisionError("a slip"), Problem.UNEXPECTED),
        (DiaryUnavailable(Code.STORAGE_FULL, "full", "delete photos"), Problem.FULL),
    ],
)
async def test_what_nobody_expected_is_told_in_words_and_leads_on(
    host: FileHost, server: FakeServer, screen: Screen, fault: Exception, problem: Problem
) -> None:
    clock = StandingClock(datetime(2026, 11, 22, 18, tzinfo=UTC))
    server.answers.append(Answer(200, answer(clock).model_dump_json().encode()))
    host.fault_of_enrolling = fault
    await screen.type("code", CODE)
    await screen.tap("enrol")
    assert EXPLANATIONS[problem].happened in screen.texts()
    await screen.tap("remedy")
    assert "Prøv det først én gang" in screen.texts()  # the code was used


def test_a_native_build_finds_its_file_and_server_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIARY_DB", "/data/diary.db")
    monkeypatch.setenv("DIARY_SERVER", "https://diary.example")
    host = PhoneHost()
    assert (host.database(), host.server_url(), host.enrol_code()) == ("/data/diary.db", "https://diary.example", "")


def test_a_native_build_names_the_time_zone_of_its_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    zones = tmp_path / "zoneinfo" / "America"
    zones.mkdir(parents=True)
    (zones / "New_York").touch()
    (tmp_path / "localtime").symlink_to(zones / "New_York")
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr(phone_host, "LOCAL_TIME", str(tmp_path / "localtime"))
    assert PhoneHost().zone() == "America/New_York"
    monkeypatch.setattr(phone_host, "LOCAL_TIME", str(tmp_path / "nowhere"))
    assert PhoneHost().zone() == ""
    monkeypatch.setenv("TZ", ":Asia/Tokyo")
    assert PhoneHost().zone() == "Asia/Tokyo"


def test_a_native_build_takes_its_server_from_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIARY_SERVER", raising=False)
    assert PhoneHost().server_url() == ""
    assert PhoneHost().server_url("https://diary.example") == "https://diary.example"
