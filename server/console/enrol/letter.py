"""The letter that a participant takes home: where the diary is, the code large and as a picture, whom to ring.

It is in the participant's language and shows no more than somebody looking over their shoulder may know: the study's
display name, and nothing of health, treatment or trial.
"""

from datetime import datetime, timedelta

from fastapi.responses import HTMLResponse

from diary_app.core.facts import Trained
from diary_app.core.times import local_date
from diary_app.core.wishes import wishes
from diary_app.resources import LANGUAGES
from server.console.dates import Calendar, in_full
from server.console.desk import Desk
from server.db.participants import Participant
from server.intake.known import facts_of
from server.study_words import words_of


def letter(desk: Desk, person: Participant, code: str, *, ended: datetime | None) -> HTMLResponse:
    """The page with this code; it is kept nowhere, so going back to it takes a new one.

    `ended`: when the letter was made that has stopped working with this one.
    """
    services = desk.services
    site = services.study.site(person.site)
    with desk.reading() as connection:
        facts = facts_of(connection, person.id)
    spoken = wishes(facts).language
    language = spoken if spoken in LANGUAGES else LANGUAGES[0]
    calendar = Calendar(language, site.zone, local_date(desk.now, site.zone))
    address = f"{services.settings.public_url.rstrip('/')}/app/"
    return desk.page(
        "enrol/letter.html",
        person=person, site=site, code=code, address=address, spoken=language,
        say=words_of(services.study, language).text,
        picture=picture(f"{address}#enrol={code}"), hours=site.contact.hours.get(language, ""),
        until=calendar.day(calendar.local_date(desk.now + timedelta(days=services.settings.code_valid_days))),
        made=in_full(calendar.today, language), ended=desk.calendar.moment(ended) if ended else "",
        name=services.study.display_name.get(language, ""),
        has_practised=any(isinstance(fact.detail, Trained) for fact in facts), is_first=person.activated_at is None,
    )  # fmt: skip


def picture(text: str) -> str:
    """A QR code as SVG without styles, which the policy of the pages forbids."""
    import segno  # noqa: PLC0415 - a server at rest draws none

    drawn = segno.make_qr(text, error="m")
    return str(
        drawn.svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None, dark="#000000", light="#FFFFFF")
    )
