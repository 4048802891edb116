"""What a page says after a form was sent: keys that may stand in an address, so no text of an address is ever shown."""

from collections.abc import Mapping

from diary_app.core.catalogue import message

SAID: Mapping[str, str] = {
    "interview_stored": message("The interview is stored. Note beside it that it has been typed."),
    "sheet_stored": message("The sheet is stored. Write on it that it has been typed."),
    "incident_noted": message("It is in the log."),
    "incident_added": message("It is added. What was said before stays readable below."),
    "export_begun": message("It is being made. You can leave this page and come back."),
    "contact_logged": message("The contact is logged."),
    "alert_seen_to": message("It is noted. It comes again when its cause does."),
    "settled": message("It is settled."),
    "reopened": message("It waits again."),
    "taken_in": message("Taken in. Now the diary needs a phone."),
    "not_eligible": message("It is noted that this person is not taken in."),
    "phone_lost": message("The phone locks at its next contact. Make a code for the next phone."),
    "saved": message("Saved."),
    "treatment_saved": message("The treatment is recorded. Days, visits and counts follow from it."),
    "days_excused": message("The days are excused."),
    "correction_asked": message("The correction is asked for. Nothing of the entry has changed yet."),
    "correction_approved": message("The correction counts; the original stays readable."),
    "signed": message("Signed."),
    "password": message("The password is changed. Everybody else who was logged in with it is out."),
    "ended": message("Logged out there."),
    "factor-off": message("The second step is off. Your password alone lets you in."),
    "role-given": message("The role is given."),
    "role-taken": message("The role is taken away."),
    "sessions-ended": message("Logged out everywhere."),
    "factor-reset": message("The second step is reset. The next log-in sets it up anew."),
    "closed": message("The account is closed."),
}
