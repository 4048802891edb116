"""What is shown before it is saved: the preview, and that what is saved is what was shown."""

from collections.abc import Callable

from fastapi import Response

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import AnchorSet, StatusSet
from server.console.person.acts import Typed
from server.console.person.person import Person
from server.console.person.preview import preview


def preview_or_form(show: Callable[[], Response], form: Callable[[RequestRefused], Response]) -> Response:
    """The preview; the form with the refusal where there is none. Raises `RequestRefused` (not_found)."""
    try:
        return show()
    except RequestRefused as refusal:
        if refusal.code is Code.NOT_FOUND:
            raise
        return form(refusal)


def require_as_shown(person: Person, wanted: AnchorSet | StatusSet, typed: Typed) -> None:
    """Raises `RequestRefused` (correction_overtaken) where saving would change something else by now."""
    if preview(person, wanted).sha256 != typed.get("seen"):
        raise RequestRefused(
            Code.CORRECTION_OVERTAKEN, "The list has changed since it was shown.", "Look at it again, then save."
        )
