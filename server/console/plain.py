"""Pages for people without a log-in, whole by themselves: none needs a file of the console, or the database.

A failure is told in the browser's language: who opens a link of a mail or a letter is no program, and knows no code.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import Any

from fastapi import Request, Response
from markupsafe import Markup

from diary_app.core.errors import Code, XerodiaryError
from server.console.pages import language_for, render, static_files
from server.console.refusals import told
from server.errors import SERVER_FAULT
from server.reminders.stopping import PATH
from server.services import Services
from server.study_words import spoken_in, words_of

#: The colours stand at the head of the console's style sheet.
_COLOURS_END = "*, *::before"


def plain(template: str, services: Services, language: str, status: int = 200, **values: Any) -> Response:
    """A page that shows no more than a message does: the study's display name."""
    page = render(
        template, services, language, staff=None, status=status, name=services.study.display_name[language],
        style=Markup(_style()), **values,  # noqa: S704 - our own file
    )  # fmt: skip
    page.headers["Content-Security-Policy"] = _policy()
    return page


def plain_error(request: Request, refusal: XerodiaryError, status: int) -> Response:
    """What happened and what to do, to whoever opened an address outside the console; `server.errors` asks for it."""
    services: Services = request.app.state.services
    language, path = spoken_in(services.study, language_for(request, services)), request.url.path
    is_link = path.startswith(f"{PATH}/")
    again = path if is_link and status >= SERVER_FAULT else ""
    return plain(
        "sorry.html", services, language, status, is_fault=status >= SERVER_FAULT, again=again, is_link=is_link,
        is_lost=refusal.code is Code.NOT_FOUND, refusal=told(refusal, words_of(services.study, language)),
    )  # fmt: skip


@cache
def _style() -> str:
    """Within the page: who may open this page may not be let through to the console's files."""
    colours = static_files()["console.css"].decode().partition(_COLOURS_END)[0]
    return colours + static_files()["stop.css"].decode()


@cache
def _policy() -> str:
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
