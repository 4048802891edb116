"""A failure as a page: what happened, what to do, and one way on."""

from fastapi import Request, Response

from diary_app.core.errors import XerodiaryError
from diary_app.resources import catalogue
from server.console.pages import DOMAIN, language_for, render
from server.console.refusals import told


def error_page(request: Request, refusal: XerodiaryError, status: int) -> Response:
    """Makes the page; `server.errors` asks for it where a page is wanted."""
    services = request.app.state.services
    staff = getattr(request.state, "staff", None)
    language = language_for(request, services)
    return render(
        "trouble.html", services, language,
        staff=None, status=status, refusal=told(refusal, catalogue(language, DOMAIN)), known=staff is not None,
    )  # fmt: skip
