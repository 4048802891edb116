"""The address that an open page asks by itself: whether anything it may show has changed since it was made.

It is answered with one sum (and the log-in behind it), says neither what nor where, and is never a use of the log-in.
"""

from fastapi import Request, Response

from server.console.desk import Desk, DeskDep, routes
from server.console.marks import Mark, of_one, of_sites

SAME, CHANGED = 304, 204

router = routes()


@router.get("/news")
def tell(request: Request, desk: DeskDep) -> Response:
    """304 as long as the mark is the page's own (`If-None-Match`), 204 with another `ETag` afterwards.

    Raises `RequestRefused` for a site or a participant that is not theirs.
    """
    return answer(request, desk, _mark(desk))


def answer(request: Request, desk: Desk, mark: Mark) -> Response:
    """Whether that is still the mark that the page was made with; for addresses that ask about other things."""
    tag = f'"{mark.token(desk.services, desk.staff.account)}"'
    is_same = request.headers.get("if-none-match") == tag
    return Response(status_code=SAME if is_same else CHANGED, headers={"ETag": tag})


def _mark(desk: Desk) -> Mark:
    participant = desk.query.get("participant")
    with desk.reading() as connection:
        if participant:
            return of_one(desk.participant(connection, participant), desk.now)
        return of_sites(connection, [site.id for site in desk.site(desk.query.get("site"))], desk.now)
