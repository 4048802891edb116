"""Where a page goes that nobody has used for as long as a log-in lasts: it shows nothing, and keeps nobody logged in.

As long as another tab is in use it stays there with a way back, and asks now and then; afterwards comes the log-in.
"""

from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from server.access import sessions
from server.access.dependencies import LOG_IN, SecretDep
from server.access.sessions import NotLoggedIn, StepDue
from server.console.pages import HOME, language_for, render, safe
from server.db.engine import reading
from server.dependencies import ServicesDep

AGAIN_SECONDS = 120


def rest(request: Request, services: ServicesDep, secret: SecretDep, next: str = HOME) -> Response:
    """A calm word and the way back to `next`; the log-in when it has lapsed."""
    try:
        with reading(services.engine) as connection:
            held = sessions.held_by(connection, services.settings, secret or "", services.environment.now())
        request.state.staff = sessions.through(held)
    except (NotLoggedIn, StepDue):
        return RedirectResponse(f"{LOG_IN}?{urlencode({'next': safe(next)})}", 303)
    return render(
        "resting.html", services, language_for(request, services), staff=None, back=safe(next), again=AGAIN_SECONDS
    )
