"""What a page says after a form was sent: keys that may stand in an address, so no text of an address is ever shown."""

from collections.abc import Mapping

from diary_app.core.catalogue import message

SAID: Mapping[str, str] = {
    "taken_in": message("Taken in. Now the diary needs a phone."),
    "not_eligible": message("It is noted that this person is not taken in."),
    "phone_lost": message("The phone locks at its next contact. Make a code for the next phone."),
    "sheet_stored": message("The sheet is stored. Write on it that it has been typed."),
    "saved": message("Saved."),
    "treatment_saved": message("The treatment is recorded. Days, visits and counts follow from it."),
    "days_excused": message("The days are excused."),
    "correction_asked": message("The correction is asked for. Nothing of the entry has changed yet."),
    "correction_approved": message("The correction counts; the original stays readable."),
    "signed": message("Signed."),
}
