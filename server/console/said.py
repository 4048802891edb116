"""What a page says after a form was sent: keys that may stand in an address, so no text of an address is ever shown."""

from collections.abc import Mapping

from diary_app.core.catalogue import message

SAID: Mapping[str, str] = {
    "contact_logged": message("The contact is logged."),
    "alert_seen_to": message("It is noted. It comes again when its cause does."),
    "settled": message("It is settled."),
    "reopened": message("It waits again."),
    "saved": message("Saved."),
}
