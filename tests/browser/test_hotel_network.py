"""A network that wants one to log in first answers in the study's place: nothing counts as sent, and it is said."""

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from playwright.sync_api import Page

from diary_app.sync.trouble import Hindrance
from diary_app.widgets.foot import HINDERED
from tests.browser.driving import Phone, Served, tap, wait_text
from tests.browser.visits import come_back
from tests.browser.whole_path import ANSWERS, fill_in

pytestmark = [pytest.mark.browser, pytest.mark.long]


def hotel(*, leads_elsewhere: bool) -> FastAPI:
    """Whatever is asked for: its own page, or the way to it."""
    desk = FastAPI()

    @desk.api_route("/{path:path}", methods=["GET", "POST"])
    async def _answer(request: Request) -> Response:
        if leads_elsewhere:
            return RedirectResponse(f"http://localhost:{request.url.port}/welcome", 302)
        return HTMLResponse("<html>Welcome to the hotel</html>")

    return desk


def change_network(server: Served, app: FastAPI) -> None:
    server.stop()
    server.app = app
    server.start()


def hear_of_network(page: Page) -> None:
    page.context.set_offline(True)
    page.context.set_offline(False)


@pytest.mark.parametrize("leads_elsewhere", [False, True], ids=["its page", "the way to it"])
def test_a_log_in_page_is_told_and_the_evening_is_sent_later(
    enrolled_phone: Phone, known_study: Served, leads_elsewhere: bool
) -> None:
    page = come_back(enrolled_phone)
    tap(page, "button", "Fill in the diary")
    fill_in(page, ANSWERS)
    study = known_study.app
    change_network(known_study, hotel(leads_elsewhere=leads_elsewhere))
    tap(page, "button", "Save")
    wait_text(page, HINDERED[Hindrance.ANOTHER_ANSWERED])
    wait_text(page, "Not sent yet: answers from one day")
    change_network(known_study, study)
    hear_of_network(page)
    wait_text(page, "Received by the study")


def test_a_study_that_does_not_answer_is_told_from_no_network(enrolled_phone: Phone, known_study: Served) -> None:
    page = come_back(enrolled_phone)
    tap(page, "button", "Fill in the diary")
    fill_in(page, ANSWERS)
    known_study.stop()
    tap(page, "button", "Save")
    wait_text(page, HINDERED[Hindrance.NO_ANSWER])
    known_study.start()
    hear_of_network(page)
    wait_text(page, "Received by the study")
