"""Takes pictures of every screen of the participant's app in Chromium, for people to look at.

The real app runs in this process behind Flet's web server, with a clock that stands still and a diary of its own for
each scene, so that a picture changes only when the app does.

    python scripts/screenshots_app.py OUT [--only today-open] [--size phone] [--language da] [--dark] [--large]
    python scripts/screenshots_app.py OUT --aria      write the accessibility trees beside the pictures
"""

import argparse
import asyncio
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256, shake_256
from pathlib import Path

import flet as ft
import flet_web.fastapi
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from diary_app.app import start  # noqa: E402
from diary_app.core.entries import Mode  # noqa: E402
from diary_app.core.errors import Code  # noqa: E402
from diary_app.core.facts import DeviceState  # noqa: E402
from diary_app.core.records import GENESIS, Record, RecordKind, parse  # noqa: E402
from diary_app.core.rescue import RescueFile, chain_of  # noqa: E402
from diary_app.core.sealing import as_text, without_waiting  # noqa: E402
from diary_app.core.wire import (  # noqa: E402
    ChainHead,
    DayChange,
    EnrolAnswer,
    ErrorAnswer,
    FactChange,
    Receipt,
    SyncAnswer,
    SyncRequest,
    Wordings,
    WordingText,
)
from diary_app.history import Span  # noqa: E402
from diary_app.host import Permission  # noqa: E402
from diary_app.phone_host import PhoneHost  # noqa: E402
from diary_app.pin_entry import PinTrouble  # noqa: E402
from diary_app.places import CODES, SETTINGS, Problem  # noqa: E402
from diary_app.resources import LANGUAGES, study_text  # noqa: E402
from diary_app.settings import Told  # noqa: E402
from diary_app.state import DiaryState  # noqa: E402
from diary_app.storage.diary import Diary  # noqa: E402
from diary_app.sync.transport import Answer, ServerUnreachable  # noqa: E402
from server.simulate.environment import SimulatedEnvironment  # noqa: E402
from tests import licensed  # noqa: E402
from tests.browser.driving import FLAGS, find_chromium, served, wait_text  # noqa: E402
from tests.screens.conftest import FakeKeyring  # noqa: E402
from tests.storage.phones import evening  # noqa: E402

EVENING = datetime(2026, 11, 22, 20, 14, tzinfo=UTC) - timedelta(hours=1)
HOME_ZONE = "Europe/Copenhagen"
SETTLE_MS = 500
SCENE_MS = 4000
DOUBLE_TEXT = "addEventListener('DOMContentLoaded', () => document.documentElement.style.fontSize = '32px')"
DEVICE = "33333333-3333-4333-8333-333333333333"
SIZES = {
    "phone": (390, 844),
    "small": (320, 640),
    "tall": (390, 2600),
    "narrow": (320, 3600),
    "landscape": (844, 390),
    "tablet": (820, 1180),
    "desktop": (1280, 800),
}
ANSWERS = {"DMD01": "7", "DMD02": "3", "DMD03": "5", "DMD04": "not_applicable", "DMD05": "2", "DMD06": "2"}
AS_NUMBERS: dict[str, int | str] = {
    **ANSWERS,
    **{code: int(value) for code, value in ANSWERS.items() if value.isdigit()},
}
EARLIER = {16: "done", 17: "done", 18: "late", 19: "missed", 20: "excused", 21: "done"}


class StandingClock(SimulatedEnvironment):
    """Time stands still, but waiting waits."""

    async def sleep(self, seconds: float) -> None:
        """For real."""
        await asyncio.sleep(seconds)


class Reach(StrEnum):
    """How far what is sent gets."""

    NOWHERE = "nowhere"
    RECEIVED = "received"
    REFUSED = "refused"


@dataclass
class Study:
    """A study's server that takes everything, refuses, or is never reached."""

    reach: Reach
    clock: StandingClock
    after_seconds: float = 2  # after the participant's own steps

    async def post(self, path: str, body: bytes, token: str | None = None) -> Answer:
        """See `Transport`."""
        await asyncio.sleep(self.after_seconds)
        match self.reach:
            case Reach.NOWHERE:
                raise ServerUnreachable("pictures are taken offline")
            case Reach.REFUSED:
                refusal = ErrorAnswer(code=Code.DEVICE_UNKNOWN, message="refused", remedy="call")
                return Answer(403, refusal.model_dump_json().encode())
            case Reach.RECEIVED:
                return Answer(200, self._taken(SyncRequest.model_validate_json(body)).model_dump_json().encode())

    def _taken(self, request: SyncRequest) -> SyncAnswer:
        records, now = [parse(text) for text in request.records], self.clock.now()
        return SyncAnswer(
            protocol=1, epoch=request.epoch, have_through=request.head, nonce="n2", study_version="1", more=False,
            receipts=tuple(Receipt(id=one.id, hash=one.hash, accepted=True, received_at=now) for one in records),
            facts=(), days=tuple(done(one, now) for one in records if one.kind == RecordKind.ENTRY),
            cursor=request.cursor, device_state=DeviceState.ACTIVE, server_time=now,
        )  # fmt: skip


def done(record: Record, now: datetime) -> DayChange:
    """The server's grade of the day of an entry."""
    return DayChange(
        change_no=10, instrument="DMD", diary_day=record.body["diary_day"], state="done",
        entry=record.id, received_at=now,
    )  # fmt: skip


@dataclass
class Stage(PhoneHost):
    """The host of one picture: a browser that can remind, and does not keep the storage."""

    file: str
    language: str
    mode: Mode = Mode.WEB
    permission: Permission = Permission.UNAVAILABLE
    here: str = HOME_ZONE
    told: list[str] = field(default_factory=list)

    def reminders(self) -> Permission:
        """As the scene has it."""
        return self.permission

    def storage_kept(self) -> bool | None:
        """No browser keeps it unasked."""
        return self.permission is Permission.GRANTED

    def can_install(self) -> bool:
        """Offered where nothing else is."""
        return self.permission is Permission.UNAVAILABLE

    def scales_text(self) -> bool:
        """A browser can."""
        return True

    def database(self) -> str:
        """The scene's own diary."""
        return self.file

    def flush(self) -> None:
        """Nothing to do."""

    def server_url(self, named: str = "") -> str:
        """Anywhere."""
        return "https://diary.example"

    def preferred_language(self) -> str:
        """That of the picture."""
        return self.language

    def zone(self) -> str:
        """Where the phone is."""
        return self.here

    def enrol_code(self) -> str:
        """None."""
        return ""

    def forget_enrol_code(self) -> None:
        """None was given."""

    def show_language(self, language: str) -> None:
        """Noted."""
        self.told.append(language)

    def needs_home_screen(self) -> bool:
        """Not here."""
        return False

    def update_waiting(self) -> bool:
        """Not here."""
        return False

    def take_update(self) -> None:
        """Not here."""

    def save_file(self, name: str, data: bytes) -> None:
        """Noted, and left there."""
        self.told.append(name)


Act = Callable[[DiaryState], None]


def nothing(_state: DiaryState) -> None:
    """Just look."""


@dataclass(frozen=True)
class Scene:
    """One picture: what the diary holds, when it is, what the participant has just done."""

    act: Act = nothing
    enrolled: bool = True
    trained: bool = True
    now: datetime = EVENING
    reach: Reach = Reach.NOWHERE
    first_evening: bool = False
    device_state: DeviceState = DeviceState.ACTIVE
    visit: bool = False
    permission: Permission = Permission.UNAVAILABLE
    pin: str | None = None
    clock_offset: timedelta = timedelta()
    completed: bool = False
    evenings: int = 0
    away: bool = False
    asked: bool = False
    options: tuple[str, ...] = ()
    here: str = HOME_ZONE
    is_of_mornings: bool = False
    is_too_new: bool = False
    stopped_at: str = ""


def type_slip(state: DiaryState) -> None:
    """A code with one character wrong."""
    state.enrolment.type_code("K7QM-3XZP-9A2B")


def fill_in(state: DiaryState, count: int = 6) -> None:
    """Answer the first questions."""
    state.start_diary()
    for number, (code, value) in enumerate(ANSWERS.items(), 1):
        if number <= count:
            state.answering.answer(code, value)


def at_question(number: int, *, answered: bool = False) -> Act:
    """Stand at a question."""

    def act(state: DiaryState) -> None:
        fill_in(state, number if answered else number - 1)
        state.answering.go_to_question(number)

    return act


def review(state: DiaryState) -> None:
    """All answered."""
    fill_in(state)
    state.answering.review()


def why_late(state: DiaryState) -> None:
    """All answered, in the morning."""
    fill_in(state)
    state.answering.next_from(6)


def save(state: DiaryState) -> None:
    """All answered and saved."""
    fill_in(state)
    without_waiting(state.answering.save())


def amend(state: DiaryState) -> None:
    """Saved, and one answer changed."""
    save(state)
    assert state.today is not None
    assert state.today.card.day is not None
    state.answering.amend(state.today.card.day)
    state.answering.answer("DMD01", "8")


def look_at_correction(state: DiaryState) -> None:
    """What the study asks about."""
    state.asking.confirming.show()


def practise(state: DiaryState) -> None:
    """In the middle of the practice."""
    state.answering.practise()
    state.answering.answer("DMD01", "4")


def at_wrong_pin(state: DiaryState) -> None:
    """Three tries too many."""
    state.pin.trouble, state.pin.seconds_to_wait = PinTrouble.WRONG, 30


def at_second_pin(state: DiaryState) -> None:
    """The two PINs differed."""
    state.pin.trouble = PinTrouble.DIFFERENT


def at_easy_pin(state: DiaryState) -> None:
    """One that anybody would try."""
    state.pin.trouble = PinTrouble.EASY


def at_forgotten_pin(state: DiaryState) -> None:
    """What to do then."""
    state.pin.forget()


def at_address(route: str) -> Act:
    """Another screen of the diary."""
    return lambda state: state._with.go(route)  # noqa: SLF001 - the address is the participant's to type


def scores_as_table(state: DiaryState) -> None:
    """The numbers of the month."""
    state.history.show_as_table(table=True)
    state.ways.to_history()


def scores_of_weeks(state: DiaryState) -> None:
    """The lines of twelve weeks."""
    state.ways.to_history()
    state.history.show_span(Span.WEEKS)


def scrolled_settings(state: DiaryState) -> None:
    """Settings, with what is told after a tap."""
    state.settings.told = Told.COPIED
    state.ways.to_settings()


def rescue_codes(number: int) -> Act:
    """Codes for the scanner, four of them; nothing in a picture comes from a phone."""

    def act(state: DiaryState) -> None:
        envelopes = [as_text(shake_256(b"sealed %d" % one).digest(800)) for one in range(4)]
        chain = chain_of(sha256(b"token").hexdigest(), DEVICE, ChainHead(sequence=9, hash=GENESIS), envelopes)
        state.settings.codes.take(RescueFile(app_version="1", chains=(chain,)).to_bytes())
        for _ in range(number - 1):
            state.settings.codes.show_next()
        at_address(CODES)(state)

    return act


def problem(kind: Problem) -> Act:
    """A problem screen."""
    return lambda state: state.show_problem(kind)


def no_update(state: DiaryState) -> None:
    """Too old, and nothing newer can be had."""
    state.updating.none_found = True
    state.show_problem(Problem.UPDATE)


def visit_question(state: DiaryState) -> None:
    """In the middle of a visit questionnaire."""
    state.start_visit("m0")
    state.answering.answer("GRIX01", "2")
    state.answering.go_to_question(2)


def visit_saved(state: DiaryState) -> None:
    """A visit questionnaire is done."""
    state.start_visit("m0")
    for code in licensed.ITEMS:
        state.answering.answer(code, "2")
    without_waiting(state.answering.save())


MORNING = EVENING + timedelta(hours=13)
#: What a study file says of a diary that is kept in the morning.
MORNINGS = {
    "opens": "06:00", "closes": "11:00", "late_until": "15:00", "usual": "08:00", "latest": "10:30",
    "quiet_until": "06:30",
}  # fmt: skip
SCENES: dict[str, Scene] = {
    "welcome": Scene(enrolled=False, trained=False),
    "welcome-slip": Scene(type_slip, enrolled=False, trained=False),
    "practice": Scene(trained=False),
    "practice-question": Scene(practise, trained=False),
    "today-open": Scene(),
    "question-scale": Scene(at_question(1)),
    "question-chosen": Scene(at_question(1, answered=True)),
    "question-not-applicable": Scene(at_question(4, answered=True)),
    "question-choice": Scene(at_question(6, answered=True)),
    "review": Scene(review),
    "today-saved": Scene(save),
    "today-received": Scene(save, reach=Reach.RECEIVED),
    "today-cannot-send": Scene(save, reach=Reach.REFUSED),
    "amend": Scene(amend),
    "today-late": Scene(now=MORNING),
    "late-reason": Scene(why_late, now=MORNING),
    "today-closed": Scene(now=EVENING + timedelta(hours=18)),
    "today-first": Scene(first_evening=True, now=EVENING - timedelta(hours=6)),
    "visit-due": Scene(visit=True),
    "visit-question": Scene(visit_question, visit=True),
    "visit-saved": Scene(visit_saved, visit=True),
    "pin-choose": Scene(trained=False, pin=""),
    "pin-different": Scene(at_second_pin, trained=False, pin=""),
    "pin-easy": Scene(at_easy_pin, trained=False, pin=""),
    "pin-enter": Scene(pin="2580"),
    "pin-wrong": Scene(at_wrong_pin, pin="2580"),
    "pin-forgotten": Scene(at_forgotten_pin, pin="2580"),
    "reminders-ask": Scene(permission=Permission.ASK),
    "reminders-granted": Scene(permission=Permission.GRANTED),
    "reminders-denied": Scene(permission=Permission.DENIED),
    "settings": Scene(scrolled_settings),
    "settings-stopped": Scene(at_address(SETTINGS), stopped_at="https://diary.example/stop/0123"),
    "settings-about": Scene(at_address("/settings/about")),
    "rescue-codes": Scene(rescue_codes(2)),
    "rescue-codes-last": Scene(rescue_codes(4)),
    "today-travelling": Scene(here="America/New_York"),
    "today-morning": Scene(now=EVENING + timedelta(hours=14), is_of_mornings=True),
    "today-too-old": Scene(is_too_new=True),
    "today-clock": Scene(clock_offset=timedelta(days=-2)),
    "ended": Scene(completed=True),
    "history": Scene(at_address("/history"), evenings=50),
    "history-day": Scene(at_address("/history/2026-11-13"), evenings=50),
    "history-closed-day": Scene(at_address("/history/2026-11-19"), evenings=50),
    "history-scores": Scene(at_address("/history"), evenings=50, options=("show_scores",)),
    "own-data": Scene(at_address("/history"), evenings=50, options=("own_data",)),
    "today-correction": Scene(asked=True),
    "correction": Scene(look_at_correction, asked=True),
    "missed-reason": Scene(options=("ask_missed_reason",), away=True),
    "history-weeks": Scene(scores_of_weeks, evenings=90, options=("show_scores",)),
    "history-table": Scene(scores_as_table, evenings=50, options=("show_scores",)),
    "problem-storage": Scene(problem(Problem.STORAGE)),
    "problem-full": Scene(problem(Problem.FULL)),
    "problem-too-new": Scene(problem(Problem.TOO_NEW)),
    "problem-changed": Scene(problem(Problem.CHANGED)),
    "problem-damaged": Scene(problem(Problem.DAMAGED)),
    "problem-unexpected": Scene(problem(Problem.UNEXPECTED)),
    "problem-withdrawn": Scene(device_state=DeviceState.WITHDRAWN),
    "problem-replaced": Scene(device_state=DeviceState.REPLACED),
    "problem-locked": Scene(device_state=DeviceState.LOST),
    "problem-update": Scene(problem(Problem.UPDATE)),
    "problem-no-update": Scene(no_update),
    "problem-home-screen": Scene(problem(Problem.HOME_SCREEN), enrolled=False, trained=False),
}


def prepare(scene: Scene, file: str, language: str) -> StandingClock:
    """The diary as it is when the picture is taken."""
    began = EVENING if scene.first_evening else EVENING - timedelta(days=12 + scene.evenings)
    clock = StandingClock(began - timedelta(hours=9))
    diary = Diary.open(file, clock)
    if scene.enrolled:
        enrol(diary, clock, scene, language)
    if scene.trained:
        diary.append(RecordKind.TRAINING, {})
    fill_in_before(diary, clock, scene.evenings)
    if scene.stopped_at:
        hear(diary, clock, timedelta(), scene.stopped_at)
    if scene.is_too_new:
        change_study(diary, clock, scene, language)
    if scene.clock_offset:
        hear(diary, clock, scene.clock_offset)
    if scene.asked:
        ask_about_correction(diary, clock)
    diary.close()
    clock.move_to(scene.now)
    return clock


def enrol(diary: Diary, clock: StandingClock, scene: Scene, language: str) -> None:
    """The server's answer to a code."""
    pending = diary.conversation.begin_enrolment()
    facts = (
        fact(1, clock.now(), kind="participant_added", site="copenhagen", zone="Europe/Copenhagen", language=language),
        fact(2, clock.now(), kind="phone_activated", device=DEVICE),
        *(_treatment(clock.now()) if scene.visit else ()),
    )
    if scene.completed:
        facts += (fact(3, clock.now(), kind="status", status="completed", effective="2026-11-21", reason="planned"),)
    answer = EnrolAnswer(
        protocol=1, participant="01-001", site="copenhagen", language=language, study_version="1",
        study_text=study_of(scene),
        epoch=DEVICE, nonce="n", device_state=scene.device_state,
        facts=facts, days=tuple(days(scene)), cursor=9, more=False, server_time=clock.now(),
        wordings=invented_words() if scene.visit else Wordings(),
    )  # fmt: skip
    diary.conversation.complete_enrolment(pending.device, answer, "https://diary.example")


def study_of(scene: Scene) -> str:
    """The shipped study, with what the scene switches on."""
    text = licensed.active_text() if scene.visit else study_text("mesrix-more")
    if scene.is_of_mornings:
        for key, time in MORNINGS.items():
            text = re.sub(rf'(?m)^({key} = )".*"$', rf'\1"{time}"', text)
    if "of_tomorrow" in scene.options:
        return f'{text}\n[of_tomorrow]\nis = "new"\n'
    for option in scene.options:
        text = text.replace(f"{option} = false", f"{option} = true")
    return text


def fill_in_before(diary: Diary, clock: StandingClock, evenings: int) -> None:
    """Some weeks of entries, with gaps, up to six days ago; one day was changed."""
    for number in range(evenings):
        day = EVENING.date() - timedelta(days=6 + evenings - number)
        if number % 9 in {4, 5} or number % 7 == 6:
            continue
        new = evening(day, answers={**AS_NUMBERS, "DMD01": 4 + number * 7 % 5})
        clock.move_to(new.opens + timedelta(hours=12 if number % 11 == 3 else 3))
        first = diary.save_entry(new)
        if number == evenings - 3:
            clock.advance(minutes=4)
            diary.save_entry(replace(new, parent=first.id))


def _treatment(at: datetime) -> tuple[FactChange]:
    """Planned for the coming Friday morning."""
    return (fact(3, at, kind="anchor", anchor="treatment_1", planned="2026-11-27", actual_time="10:00"),)


def invented_words() -> Wordings:
    """No licensed word is ever in a picture."""
    texts = [licensed.wording(language) for language in LANGUAGES]
    sent = tuple(WordingText(sha256=sha256(text.encode()).hexdigest(), text=text) for text in texts)
    return Wordings(in_use=tuple(one.sha256 for one in sent), texts=sent)


def change_study(diary: Diary, clock: StandingClock, scene: Scene, language: str) -> None:
    """The server's answer to another code, with a study that only a newer app can read."""
    diary.conversation.abandon_enrolment(diary.conversation.begin_enrolment().device)
    enrol(diary, clock, replace(scene, options=("of_tomorrow",)), language)


def hear(diary: Diary, clock: StandingClock, offset: timedelta, stopped_at: str = "") -> None:
    """A sync that measured the phone's clock, and told where the messages were stopped."""
    installation = diary.installation()
    assert installation is not None, "the scene is enrolled"
    request = SyncRequest(
        protocol=1, device=installation.device, device_clock=clock.now(), cursor=9, epoch=installation.epoch, pending=0,
        head=diary.conversation.head(installation.device), nonce="n", app_version="1", records=(),
    )  # fmt: skip
    taken = Study(Reach.RECEIVED, clock)._taken(request)  # noqa: SLF001 - the same server
    answer = taken.model_copy(update={"stopped_at": stopped_at})
    diary.conversation.apply_sync(request, answer, int(offset.total_seconds() * 1000))


def ask_about_correction(diary: Diary, clock: StandingClock) -> None:
    """The study asks whether an answer of the evening before is to be another one."""
    day = (EVENING - timedelta(days=1)).date().isoformat()
    change = {"what": "item", "item": "DMD01", "old": 8, "new": 3}
    told = {"correction": DEVICE, "entry": DEVICE, "instrument": "DMD", "diary_day": day, "change": change}
    installation = diary.installation()
    assert installation is not None, "the scene is enrolled"
    answer = SyncAnswer(
        protocol=1, epoch=installation.epoch, receipts=(), have_through=diary.conversation.head(installation.device),
        facts=(), days=(), cursor=9, more=False, nonce="n", device_state=DeviceState.ACTIVE, study_version="1",
        corrections=(told,), server_time=clock.now(),
    )  # fmt: skip
    without_waiting(diary.conversation.keep_corrections(installation.device, answer))


def fact(number: int, at: datetime, **body: str) -> FactChange:
    """One fact about the participant."""
    return FactChange(change_no=number, id=f"{number:08d}-0000-4000-8000-000000000000", at=at, body=body)


def days(scene: Scene) -> list[DayChange]:
    """How the server grades the week."""
    if scene.first_evening or not scene.trained or scene.away:
        return []
    return [
        DayChange(change_no=day, instrument="DMD", diary_day=EVENING.date().replace(day=day), state=state)
        for day, state in EARLIER.items()
    ]


def app_of(scene: Scene, folder: str, language: str) -> Callable[[ft.Page], None]:
    """What Flet runs for the picture; each window has a diary of its own."""

    def main(page: ft.Page) -> None:
        file = f"{tempfile.mkdtemp(dir=folder)}/diary.db"
        clock = prepare(scene, file, language)
        stage = Stage(file, language, permission=scene.permission, here=scene.here)
        state = start(page, stage, clock, lambda _address: Study(scene.reach, clock))
        if scene.pin is not None:
            state._journal.keyring = FakeKeyring(clock, scene.pin)  # noqa: SLF001 - the lock of the picture
            state.open()

        async def act() -> None:
            await asyncio.sleep(1)  # until the client listens
            scene.act(state)

        page.run_task(act)

    return main


def picture(browser: Browser, url: str, target: Path, options: argparse.Namespace, size: tuple[int, int]) -> None:
    """Open a scene and take its picture."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if options.dark else "light"
    )
    page = context.new_page()
    if options.large:
        page.add_init_script(DOUBLE_TEXT)
    page.goto(url)
    page.wait_for_selector("flt-semantics-placeholder", state="attached", timeout=60_000)
    page.locator("flt-semantics-placeholder").evaluate("node => node.click()")
    wait_text(page, "[Dd]emonstration")
    page.wait_for_timeout(SCENE_MS)
    still_picture(page, target)
    if options.aria:
        target.with_suffix(".yaml").write_text(page.locator("flt-semantics-host").aria_snapshot())
    context.close()


def still_picture(page: Page, target: Path) -> None:
    """Wait until nothing moves any more."""
    before = b""
    while (now := page.screenshot()) != before:
        before = now
        page.wait_for_timeout(SETTLE_MS)
    target.write_bytes(now)


def main() -> None:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", action="append", choices=SCENES)
    parser.add_argument("--size", action="append", choices=SIZES)
    parser.add_argument("--language", action="append", choices=["da", "en"])
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--large", action="store_true", help="text at 200 %%")
    parser.add_argument("--aria", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    languages, names = options.language or ["da"], options.only or list(SCENES)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = FastAPI()
        for name in names:
            for language in languages:
                app = app_of(SCENES[name], folder, language)
                site.mount(f"/{name}-{language}", flet_web.fastapi.app(app, no_cdn=True))
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        with served(site) as running:
            for name in names:
                for language in languages:
                    for size in options.size or ["phone"]:
                        look = "-dark" * options.dark + "-large" * options.large
                        target = options.out / f"{name}-{language}-{size}{look}.png"
                        picture(browser, f"{running.url}/{name}-{language}/", target, options, SIZES[size])
                        sys.stdout.write(f"{target}\n")
        browser.close()


if __name__ == "__main__":
    main()
