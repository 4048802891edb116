"""A failure as a page: what happened, what to do, and one way on."""

from fastapi import Request, Response

from diary_app.core.catalogue import message
from diary_app.core.wire import ErrorAnswer
from server.console.pages import language_for, render

#: Messages and remedies of refusals that staff can meet; any other appears in English.
TRANSLATED = (
    message("User name or password is wrong."),
    message("Check both and try again."),
    message("There were too many wrong log-ins."),
    message("Wait a little, then try again; the password stays as it is."),
    message("You are not logged in, or were logged out."),
    message("Log in again."),
    message("This form belongs to another log-in or is too old."),
    message("Open the page again and repeat it."),
    message("Another site sent this request."),
    message("Open the page here and repeat it."),
    message("Your role does not include this."),
    message("Ask an administrator if you should have it."),
    message("Not Found."),
    message("Check the address."),
    message("The server has more to do than it can."),
    message("Try again in a moment."),
    message("This file is larger than 5 MB."),
    message("Choose the rescue file that the phone has saved."),
    message("This is not a whole rescue file."),
    message("Save it on the phone and hand it over again; the phone keeps everything."),
    message("This file comes from a newer app."),
    message("Update the server, then take in the file again; the phone keeps everything."),
    message("None of these lines is a code from the diary."),
    message("Put the cursor in the field, then scan each code on the phone's screen."),
    message("Not all codes are here. Still to scan: {numbers} (of {total})."),
    message("Scan what is missing; what has been scanned stays in the field."),
    message("Something was lost between phone and scanner. Still to scan: {numbers} (of {total})."),
    message("Scan them again; what has been scanned well stays in the field."),
    message("These codes do not belong together."),
    message("Empty the field, then scan every code that the phone shows now."),
    message("This file was not written by a phone that you look after, or it was changed since."),
    message("Ask which study and site the phone belongs to; the phone keeps everything."),
)


def error_page(request: Request, answer: ErrorAnswer, status: int) -> Response:
    """Makes the page; `server.errors` asks for it where a page is wanted."""
    services = request.app.state.services
    staff = getattr(request.state, "staff", None)
    return render(
        "trouble.html", services, language_for(request, services),
        staff=None, status=status, answer=answer, known=staff is not None,
    )  # fmt: skip
