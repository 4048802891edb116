"""A study on a real server in which it is evening for Alice whatever the hour, and what a browser sees of it."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI, Request, Response
from playwright.sync_api import Page
from sqlalchemy import select

from diary_app.core.environment import SystemEnvironment
from diary_app.core.records import Record, RecordKind, parse
from diary_app.core.wire import SYNC_PATH
from diary_app.resources import catalogue
from diary_app.sync.http_transport import HttpTransport
from diary_app.texts import Texts
from server.app import create_app
from server.db import days
from server.db.days import ExpectedDay
from server.db.engine import reading
from server.db.export_rows import ExportedEntry, entries_of
from server.db.records import TABLE
from server.intake import staff
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from server.simulate.people import Evening
from server.simulate.phone import SimulatedPhone
from tests.browser.driving import Phone, tap, wait_text

SUBJECT, ALICE = "001", "01-001"
EVENING_HOUR = 20
PIN = "2580"
#: An evening, question by question.
ANSWERS = ("7", "5", "4", "I did not eat or drink by mouth", "2", "1 to 10 times")
FIRST_QUESTION = "How dry has your mouth been today, {weekday} {date}, since you woke up?"
ENGLISH = Texts(catalogue("en"))
PRACTICE = Evening(0, False, {f"DMD0{number}": 3 for number in range(1, 7)}, 5, True, False)


def zone_where_it_is_evening(now: datetime) -> str:
    """A zone of whole hours in which it is between 20:00 and 21:00."""
    ahead = (EVENING_HOUR - now.hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def settings_of(folder: Path, web_folder: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{folder}/server.sqlite", var_folder=folder / "var", web_folder=web_folder)


def code_for_alice(settings: Settings) -> str:
    """Alice practised four days ago on a phone that she then lost; this is the code for her next one."""
    with ThreadPoolExecutor() as aside:  # Playwright holds this thread's own loop
        return aside.submit(asyncio.run, _code_for_alice(settings)).result()


async def _code_for_alice(settings: Settings) -> str:
    now = datetime.now(UTC)
    world = SimulatedEnvironment(now - timedelta(days=4), seed="alice")
    app = create_app(settings, world, clockwork=False)
    async with app.router.lifespan_context(app):
        services: Services = app.state.services
        add_alice(services, zone_where_it_is_evening(now))
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")
        transport = HttpTransport(client)
        first = SimulatedPhone.on_file(settings.var_folder / "first.sqlite", world, transport)
        await first.enrol(new_code(services), "http://127.0.0.1")
        first.practise(PRACTICE)
        await first.sync()
        first.close()
        world.move_to(now)
        code = new_code(services)
        await transport.aclose()
    return code


def add_alice(services: Services, zone: str) -> None:
    services.writer.run(
        ALICE,
        lambda connection: staff.add_participant(
            connection,
            services,
            site="copenhagen",
            subject=SUBJECT,
            author="carol",
            at=services.environment.now(),
            zone=zone,
            language="en",
        ),
    )


def new_code(services: Services) -> str:
    now = services.environment.now()
    return services.writer.run(
        ALICE, lambda connection: staff.issue_code(connection, services, ALICE, author="carol", at=now)
    )


def code_for_a_newcomer(settings: Settings) -> str:
    """Alice comes into the study today, and has no phone yet."""
    services = open_services(settings, SystemEnvironment())
    try:
        add_alice(services, zone_where_it_is_evening(services.environment.now()))
        return new_code(services)
    finally:
        services.close()


def code_from_staff(settings: Settings) -> str:
    """As the command line gives one to staff, beside the server or without it."""
    services = open_services(settings, SystemEnvironment())
    try:
        return new_code(services)
    finally:
        services.close()


def running_app(settings: Settings) -> FastAPI:
    """The server as it is run for real; while `app.state.busy` is set, it takes no records and answers all else."""
    app = create_app(settings, SystemEnvironment())
    app.state.busy = False

    @app.middleware("http")
    async def answer_busy(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        is_put_off = app.state.busy and request.url.path == SYNC_PATH
        return Response(status_code=503) if is_put_off else await answer(request)

    return app


def received(app: FastAPI) -> list[ExportedEntry]:
    """Alice's entries as the server holds them, practice left out."""
    with reading(app.state.services.engine) as connection:
        return entries_of(connection, ALICE)


def records(app: FastAPI, kind: RecordKind) -> list[Record]:
    """All of Alice's records of that kind that the server accepted, practice among them."""
    of_alice = (TABLE.c.participant == ALICE, TABLE.c.kind == kind, TABLE.c.code == "")
    with reading(app.state.services.engine) as connection:
        found = connection.execute(select(TABLE.c.text).where(*of_alice).order_by(TABLE.c.change_no))
        return [parse(text) for (text,) in found]


def expected_days(app: FastAPI) -> list[ExpectedDay]:
    """Alice's evenings as the server has them, in order."""
    with reading(app.state.services.engine) as connection:
        return days.of(connection, ALICE)


def enrol(phone: Phone, code: str, say: Texts = ENGLISH) -> Page:
    """Link, PIN, reminders; the practice was done before, and Today is on the screen."""
    page = phone.open(f"/app/#enrol={code}")
    tap(page, "button", say("Begin"))
    choose_pin(page, say=say)
    decide_on_reminders(page, say)
    return page


def fill_in(page: Page, answers: Sequence[str], say: Texts = ENGLISH) -> None:
    """Every question in turn; then the review is on the screen."""
    for number, answer in enumerate(answers, 1):
        wait_text(page, say("{number} of {length}", number=number, length=len(answers)))
        tap(page, "radio", say(answer))
        tap(page, "button", say("Next"))
    wait_text(page, f"{say('Your answers')}|{say('Change your answers')}")


def type_pin(page: Page, label: str, button: str, pin: str = PIN) -> None:
    """Into the field with that label, tapped as a finger does: Flutter does not listen to one that is only focused.

    Keys that come while the screen is still being laid out may be lost, so it is tried again until the button is live.
    """
    field, on = page.get_by_label(label, exact=True), page.get_by_role("button", name=button, exact=True)
    field.wait_for(state="attached", timeout=20_000)
    for _ in range(6):
        field.click(force=True, timeout=20_000)
        page.wait_for_timeout(300)
        for _digit in pin:
            page.keyboard.press("Backspace")
        page.keyboard.type(pin, delay=30)
        page.wait_for_timeout(400)
        if on.is_enabled():
            break
    tap(page, "button", button)


def choose_pin(page: Page, pin: str = PIN, say: Texts = ENGLISH) -> None:
    """The second step after a code."""
    wait_text(page, say("Choose a PIN"))
    type_pin(page, say("New PIN"), say("Next"), pin)
    wait_text(page, say("Once more"))
    type_pin(page, say("New PIN again"), say("Next"), pin)


def open_with_pin(page: Page, pin: str = PIN, say: Texts = ENGLISH) -> None:
    """What each start begins with, at the page's own door or, where there is none, in the app."""
    type_pin(page, say("Your PIN"), say("Open the diary"), pin)


def decide_on_reminders(page: Page, say: Texts = ENGLISH) -> None:
    """A headless browser has said no to reminders beforehand; one that may ask is not let."""
    tap(page, "button", wait_text(page, f"{say('On to the diary')}|{say('Not now')}"))


def change_the_first_answer(page: Page, answer: str, say: Texts = ENGLISH) -> None:
    """From the review of a saved entry to the confirmed change."""
    wait_text(page, say("Change your answers"))
    tap(page, "button", say(FIRST_QUESTION, weekday="|", date="").partition("|")[0].strip(), exact=False)
    wait_text(page, say("{number} of {length}", number=1, length=6))
    tap(page, "radio", answer)
    tap(page, "button", say("Next"))
    wait_text(page, re.escape(say("Is this right?")))
    tap(page, "button", say("Confirm and save"))
