"""The pages: print blank sheets; type a sheet or an interview, look at what would be stored, type it again, store."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Form, Query, Response

from diary_app.core.entries import Mode
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.instruments import Instrument
from diary_app.core.times import local
from diary_app.core.wishes import wishes
from diary_app.core.wording import format_day
from diary_app.resources import catalogue, instrument
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.paper.blank import EVENINGS, Wanted, blank, question_about
from server.console.paper.sheets import SOMEBODY_ELSE, STANDING, listed, sheets_of
from server.console.paper.typed import CHANGE, GIVEN, HANDS, REASONS, SAVE, Typed, fields
from server.console.words import LANGUAGE_NAMES
from server.db import overview
from server.db.participants import Participant
from server.intake import paper
from server.intake.known import facts_of

HERE = "/console/paper"
_DAY = 24 * 60
router = routes()


@router.get("/paper")
def show_paper(desk: DeskDep, wanted: Annotated[Wanted, Query()]) -> Response:
    """What to print, and whose sheet to type."""
    return _choices(desk, wanted)


@router.get("/paper/blank")
def print_blank(desk: DeskDep, wanted: Annotated[Wanted, Query()]) -> Response:
    """Blank sheets."""
    try:
        return blank(desk, wanted)
    except RequestRefused as refusal:
        return _choices(desk, wanted, refusal)


@router.get("/paper/transcribe")
def choose(desk: DeskDep, participant: str = "") -> Response:
    """On to the sheets of one participant."""
    try:
        with desk.reading() as connection:
            person = desk.participant(connection, participant.strip())
    except RequestRefused as refusal:
        return _choices(desk, Wanted(), refusal)
    return desk.to(sheets_address(person.id))


@router.get("/paper/transcribe/{participant}")
def show_sheets(desk: DeskDep, participant: str, given: str = Mode.PAPER.value) -> Response:
    """The form for a sheet or an interview, and the list of those typed before; the list alone as CSV."""
    with desk.reading() as connection:
        person = desk.participant(connection, participant)
        rows = sheets_of(connection, person)
        language = wishes(facts_of(connection, person.id)).language
    table = listed(desk, rows, sheets_address(person.id), desk.query)
    if table.wants_csv:
        return table.csv(f"paper-{person.id}", desk.say)
    typed = Typed(
        form=desk.services.environment.new_id(), language=language, given=given if given in GIVEN else Mode.PAPER.value,
        asked_by=desk.staff.username,
    )  # fmt: skip
    if typed.is_interview:
        day = _evening_now(desk)
        typed = typed.model_copy(update={"diary_day": day.isoformat(), "day": desk.calendar.today.isoformat()})
    return _form(desk, person, typed)


@router.post("/paper/transcribe/{participant}")
def take_sheet(desk: FormDeskDep, participant: str, typed: Annotated[Typed, Form()]) -> Response:
    """Look at what would be stored, go back, or store it and go on to the list."""
    with desk.reading() as connection:
        person = desk.participant(connection, participant)
    asked = _asked(desk)
    if typed.step == CHANGE:
        return _form(desk, person, typed)
    try:
        sheet = typed.sheet(asked)
        if typed.step != SAVE:
            return _review(desk, person, typed, sheet)
        if unlike := typed.unlike(asked):
            return _form(desk, person, typed.without(unlike), _unlike(desk, asked, unlike))
        desk.write(
            person.id,
            lambda connection: paper.transcribe(
                connection, desk.services, person.id, sheet, who=desk.acting, at=desk.now
            ),
        )
    except RequestRefused as refusal:
        return _form(desk, person, typed, refusal)
    return desk.to(sheets_address(person.id), "interview_stored" if sheet.interview else "sheet_stored")


def sheets_address(participant: str) -> str:
    """Where the sheets of one participant are."""
    return f"{HERE}/transcribe/{quote(participant, safe='')}"


def _asked(desk: Desk) -> Instrument:
    diary = desk.services.study.diary
    return instrument(diary.instrument, diary.version)


def _choices(desk: Desk, wanted: Wanted, refusal: RequestRefused | None = None) -> Response:
    study = desk.services.study
    with desk.reading() as connection:
        people = overview.participants_at(connection, desk.site_ids)
    return desk.page(
        "paper/choose.html", refusal=refusal, wanted=wanted, people=people, evenings=EVENINGS,
        spoken=[(code, desk.say(LANGUAGE_NAMES.get(code, code))) for code in study.languages],
    )  # fmt: skip


def _form(desk: Desk, person: Participant, typed: Typed, refusal: RequestRefused | None = None) -> Response:
    with desk.reading() as connection:
        rows, asking = sheets_of(connection, person), paper.askers(connection, person.site)
    table = listed(desk, rows, sheets_address(person.id), desk.query if refusal is None else {})
    return desk.page(
        "paper/sheet.html", refusal=refusal, person=person, typed=typed, table=table, latest=desk.calendar.today,
        **_words(desk, typed, asking),
    )  # fmt: skip


def _review(desk: Desk, person: Participant, typed: Typed, sheet: paper.Sheet) -> Response:
    with desk.reading() as connection:
        found = paper.judged(connection, desk.services, person, sheet, by_role="", at=desk.now)
        asking = paper.askers(connection, person.site)
    return desk.page(
        "paper/review.html", person=person, typed=typed, found=found, sheet=sheet, latest=desk.calendar.today,
        standing=STANDING.get(found.entry.code, ""), **_words(desk, typed, asking),
    )  # fmt: skip


def _words(desk: Desk, typed: Typed, asking: Mapping[str, str]) -> dict[str, Any]:
    """Lists in the language of whoever types; questions too, but those of an interview as they are read aloud."""
    study, is_read_aloud = desk.services.study, typed.is_interview and typed.language in desk.services.study.languages
    texts = catalogue(typed.language if is_read_aloud else desk.staff.language)
    day = _named(typed.diary_day, texts.language) if is_read_aloud else "…"
    return {
        "questions": fields(_asked(desk), texts, lambda item: question_about(item, day, texts)),
        "words_of": texts.language,
        "reasons": [(code.value, desk.say(words)) for code, words in REASONS.items()],
        "given": [(code, desk.say(words)) for code, words in GIVEN.items()],
        "asking": [(code, name or desk.say(SOMEBODY_ELSE)) for code, name in asking.items()],
        "hands": [(code.value, desk.say(words)) for code, words in HANDS.items()],
        "spoken": [(code, desk.say(LANGUAGE_NAMES.get(code, code))) for code in study.languages],
    }


def _evening_now(desk: Desk) -> date:
    """The evening that most can fill in now: until its last minute, the one before today's."""
    wall = local(desk.now, desk.calendar.zone)
    is_before = wall.hour * 60 + wall.minute + _DAY <= desk.services.study.diary.window(None).late_until
    return desk.calendar.today - timedelta(days=1 if is_before else 0)


def _named(day: str, language: str) -> str:
    """As a question names its evening; what cannot be read is left open."""
    try:
        return format_day(date.fromisoformat(day.strip()), language)
    except ValueError:
        return "…"


def _unlike(desk: Desk, asked: Instrument, names: list[str]) -> RequestRefused:
    known = {"day": desk.say("the date"), "at": desk.say("the time")}
    numbers = {code: desk.say("question {number}", number=number) for number, code in enumerate(asked.item_codes, 1)}
    return RequestRefused(
        Code.FACT_INVALID,
        "The second typing is not like the first: {fields}.",
        "Nothing is stored. What differs is empty now: read it once more.",
        fields=", ".join((known | numbers)[name] for name in names),
    )
