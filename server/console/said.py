"""What a page says after a form was sent: keys that may stand in an address, so no text of an address is ever shown."""

from collections.abc import Mapping

from diary_app.core.catalogue import message

SAID: Mapping[str, str] = {
    "saved": message("Saved."),
}
