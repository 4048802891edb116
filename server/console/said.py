"""What a page says after a form was sent: keys that may stand in an address, so no text of an address is ever shown."""

from collections.abc import Mapping

from diary_app.core.catalogue import message

SAID: Mapping[str, str] = {
    "taken_in": message("Taken in. Now the diary needs a phone."),
    "not_eligible": message("It is noted that this person is not taken in."),
    "phone_lost": message("The phone locks at its next contact. Make a code for the next phone."),
    "sheet_stored": message("The sheet is stored. Write on it that it has been typed."),
    "saved": message("Saved."),
}
