"""A fault while a screen is drawn or in the background: told in words, with a way on, and nothing typed is lost."""

import ast
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, cast

import flet as ft
import pytest

from diary_app.app import start
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.records import RecordKind
from diary_app.journal import Journal
from diary_app.places import HISTORY, Problem
from diary_app.report import Faults
from diary_app.screens.problem import EXPLANATIONS, RESCUED
from diary_app.settings import Told
from diary_app.state import DiaryState
from diary_app.storage.diary import Diary
from diary_app.texts import Texts
from diary_app.visiting import DueVisit
from diary_app.widgets.drawing import component
from server.simulate.environment import SimulatedEnvironment
from tests.screens.conftest import CODE, activated
from tests.screens.driving import Screen
from tests.screens.test_app import FakeServer, FileHost, StandingClock
from tests.storage.phones import added, enrol
from tests.storage.test_damage import damage

EVENING = datetime(2026, 11, 22, 18, tzinfo=UTC)
#: So that a page of the file can be damaged that no start reads.
EARLIER = 60
BROKEN = cast("tuple[DueVisit, ...]", (object(),))
UNEXPECTED = EXPLANATIONS[Problem.UNEXPECTED]


class TwentySeconds(StandingClock):
    """Every wait of that length is over at once, so often."""

    looks = 0

    async def sleep(self, seconds: float) -> None:
        if self.looks and seconds >= 1:
            self.looks -= 1
            return
        await super().sleep(seconds)


class Opened:
    """An app that was started on a phone with a diary."""

    def __init__(self, file: Path) -> None:
        self.clock = TwentySeconds(EVENING)
        self.host = FileHost(file=str(file))
        self.screen = Screen()
        self._keep_diary(file)

    def _keep_diary(self, file: Path) -> None:
        yesterday = SimulatedEnvironment(datetime(2026, 11, 21, 18, tzinfo=UTC))
        diary = Diary.open(str(file), yesterday)
        enrol(diary, yesterday, language="en", facts=(added(), activated(yesterday.now())))
        diary.append(RecordKind.TRAINING, {})
        for number in range(EARLIER):
            diary.append(RecordKind.APP_EVENT, {"what": "reminder_opened", "note": f"{number:0300}"})
        diary.close()

    async def start(self) -> Screen:
        def main(page: ft.Page) -> None:
            object.__setattr__(page, "navigate", self._go)
            self.state = start(page, self.host, self.clock, lambda _address: FakeServer())

        await self.screen.start(main)
        return self.screen

    def _go(self, route: str) -> None:
        self.screen.later(self.screen.go(route))

    state: DiaryState


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    app = Opened(tmp_path / "diary.db")
    await app.start()
    yield app
    app.screen.close()


async def draw(opened: Opened, visits: Any) -> Screen:
    opened.state.visits = visits
    await opened.screen.settle()
    return opened.screen


async def test_a_screen_that_cannot_be_drawn_is_told_and_tried_again(opened: Opened) -> None:
    screen = await draw(opened, BROKEN)
    assert UNEXPECTED.happened in screen.texts()
    await screen.tap("remedy")
    assert "Tonight's diary" in screen.texts()


async def test_repainting_goes_on_after_a_fault(opened: Opened) -> None:
    await draw(opened, BROKEN)
    await opened.screen.tap("remedy")
    await draw(opened, BROKEN)
    assert UNEXPECTED.happened in opened.screen.texts()


class Illegible(str):
    """What came with the link, and cannot even be looked at."""

    __slots__ = ()

    def __bool__(self) -> bool:
        raise ZeroDivisionError


async def test_a_first_screen_that_cannot_be_drawn_is_told(tmp_path: Path) -> None:
    host, screen = FileHost(file=str(tmp_path / "diary.db"), code=Illegible("K7QM")), Screen()
    app: list[DiaryState] = []
    clock = StandingClock(EVENING)
    await screen.start(lambda page: app.append(start(page, host, clock, lambda _address: FakeServer())))
    assert UNEXPECTED.happened in screen.texts()
    app[0].enrolment.typed = ""
    await screen.tap("remedy")
    assert "Welcome to your diary" in screen.texts()
    screen.close()


def fail(_journal: Journal) -> NoReturn:
    raise ZeroDivisionError


@pytest.mark.parametrize("step", ["belonging", "today", "language"])
async def test_a_diary_that_cannot_be_opened_at_the_start_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    app, good = Opened(tmp_path / "diary.db"), getattr(Journal, step)
    monkeypatch.setattr(Journal, step, fail)
    screen = await app.start()
    assert UNEXPECTED.happened in screen.texts(), "and the app is no white page"
    monkeypatch.setattr(Journal, step, good)
    await screen.tap("remedy")
    assert "Tonight's diary" in screen.texts()
    screen.close()


async def test_what_was_answered_is_there_after_a_fault(opened: Opened) -> None:
    screen = opened.screen
    await screen.tap("start")
    await screen.choose(7)
    good = opened.state.say
    opened.state.say = cast("Texts", None)
    await screen.settle()
    opened.state.say = good
    await screen.settle()
    await screen.tap("remedy")
    assert screen.find("answers").value == "7"


async def test_another_screen_than_the_broken_one_can_be_reached(opened: Opened) -> None:
    screen = opened.screen
    opened.state.ways.to_history()
    await screen.settle()
    opened.state.history.past = cast("Any", object())
    await screen.settle()
    assert UNEXPECTED.otherwise in screen.texts()
    await screen.tap("otherwise")
    assert "Tonight's diary" in screen.texts()
    assert screen.page.route != HISTORY


async def test_the_screen_of_faults_may_fail_itself(opened: Opened) -> None:
    opened.state.say = cast("Texts", None)
    await opened.screen.settle()
    assert opened.screen.has("last-words")
    assert "Luk dagbogen" in opened.screen.reads
    assert "open it again" in opened.screen.reads


async def test_a_fault_at_one_look_at_the_clock_does_not_stop_the_next(opened: Opened) -> None:
    looks: list[int] = []

    def look() -> None:
        looks.append(1)
        raise ZeroDivisionError

    opened.state.refresh = look  # type: ignore[method-assign]
    opened.clock.looks = 3
    task = opened.screen.page.run_task(_app_of(opened).keep_time)
    await opened.screen.settle()
    task.cancel()
    assert len(looks) == 3
    assert UNEXPECTED.happened in opened.screen.texts()


async def test_a_damaged_page_that_nothing_needs_yet_is_told_and_the_rest_can_be_handed_over(
    opened: Opened, tmp_path: Path
) -> None:
    screen, file = opened.screen, tmp_path / "diary.db"
    damage(str(file), of="record")
    opened.clock.looks = 1
    task = screen.page.run_task(_app_of(opened).keep_time)
    await screen.settle()
    task.cancel()
    assert EXPLANATIONS[Problem.DAMAGED].happened in screen.texts()
    await screen.tap("remedy")
    assert EXPLANATIONS[Problem.DAMAGED].happened in screen.texts(), "it is looked at again before the diary is shown"
    await screen.tap("otherwise")
    assert RESCUED[Told.FILE_SAVED] in screen.texts()
    [content] = opened.host.files.values()
    assert 0 < json.loads(content)["left_out"] <= EARLIER + 1


async def test_damage_that_was_met_after_the_look_of_the_day_is_looked_at_again(opened: Opened, tmp_path: Path) -> None:
    screen = opened.screen
    opened.clock.looks = 1
    task = screen.page.run_task(_app_of(opened).keep_time)
    await screen.settle()
    task.cancel()
    damage(str(tmp_path / "diary.db"), of="sqlite_autoindex_record_1")
    opened.state.show_problem(Problem.DAMAGED)  # a save met it
    await screen.settle()
    await screen.tap("remedy")
    assert EXPLANATIONS[Problem.DAMAGED].happened in screen.texts()


async def test_a_rescue_file_of_before_is_not_taken_for_one_of_the_damage(opened: Opened) -> None:
    await opened.state.settings.save_rescue_file()
    assert opened.state.settings.told is Told.FILE_SAVED
    opened.state.show_problem(Problem.DAMAGED)
    await opened.screen.settle()
    assert RESCUED[Told.FILE_SAVED] not in opened.screen.texts()
    await opened.screen.tap("otherwise")
    opened.state.show_problem(Problem.DAMAGED)  # as every look through the file tells again
    await opened.screen.settle()
    assert RESCUED[Told.FILE_SAVED] in opened.screen.texts()


async def test_a_file_that_is_whole_again_opens(opened: Opened) -> None:
    opened.state.show_problem(Problem.DAMAGED)
    await opened.screen.settle()
    await opened.screen.tap("remedy")
    assert "Tonight's diary" in opened.screen.texts()


def _app_of(opened: Opened) -> Any:
    return opened.state._with.link  # noqa: SLF001 - the app is its own link


async def test_a_fault_at_the_door_is_told(opened: Opened) -> None:
    async def came(_language: str, _typed: str) -> None:
        raise DiaryUnavailable(Code.STORAGE_DAMAGED, "gone", "call")

    opened.state.door.came = came  # type: ignore[method-assign]
    assert opened.host.knock is not None
    opened.host.knock("en", CODE)
    await opened.screen.settle()
    assert EXPLANATIONS[Problem.DAMAGED].happened in opened.screen.texts()


async def test_a_report_names_the_fault_and_none_of_its_words(opened: Opened) -> None:
    await draw(opened, BROKEN)
    faults = opened.state.settings.faults
    assert faults.number >= 1
    assert faults.last.startswith("AttributeError at ")
    assert faults.last.split(" at ")[1].split(":")[0].endswith(".py")
    assert "object" not in faults.last


def test_what_a_fault_said_is_not_kept() -> None:
    faults = Faults()
    faults.note(ValueError("dry as dust"))
    assert faults == Faults(1, "ValueError at elsewhere")


def test_a_component_without_a_fault_is_what_it_draws() -> None:
    assert component(ft.Text).__name__ == "Text"


def test_every_component_is_drawn_with_a_net_below() -> None:
    root = Path(__file__).parents[2] / "diary_app"
    users = {
        path.name
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "ft.component"
    }
    assert users == {"drawing.py"}


@pytest.mark.parametrize("place", ["meta", "sqlite_autoindex_meta_1"])
async def test_a_diary_that_is_too_damaged_to_be_opened_is_handed_over_all_the_same(tmp_path: Path, place: str) -> None:
    app = Opened(tmp_path / "diary.db")
    damage(str(tmp_path / "diary.db"), of=place)
    screen = await app.start()
    assert EXPLANATIONS[Problem.DAMAGED].happened in screen.texts()
    await screen.tap("otherwise")
    assert RESCUED[Told.FILE_SAVED] in screen.texts()
    [content] = app.host.files.values()
    assert json.loads(content)["left_out"] == EARLIER + 1, "a phone without a PIN has sealed nothing to the study"
    screen.close()


async def test_where_nothing_can_be_read_no_file_is_made(tmp_path: Path) -> None:
    app = Opened(tmp_path / "diary.db")
    (tmp_path / "diary.db").write_bytes(b"\xee" * 65536)
    screen = await app.start()
    await screen.tap("otherwise")
    assert RESCUED[Told.NOT_SAVED] in screen.texts()
    assert app.host.files == {}
    screen.close()
