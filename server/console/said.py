"""What a page says after a form was sent: keys that may stand in an address, so no text of an address is ever shown."""

from collections.abc import Mapping

from diary_app.core.catalogue import message

SAID: Mapping[str, str] = {
    "saved": message("Saved."),
    "password": message("The password is changed. Everybody else who was logged in with it is out."),
    "ended": message("Logged out there."),
    "factor-off": message("The second step is off. Your password alone lets you in."),
    "role-given": message("The role is given."),
    "role-taken": message("The role is taken away."),
    "sessions-ended": message("Logged out everywhere."),
    "factor-reset": message("The second step is reset. The next log-in sets it up anew."),
    "closed": message("The account is closed."),
}
