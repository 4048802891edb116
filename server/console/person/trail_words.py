"""What the trail calls kinds and fields: in words on a page, found by words of either language and by their codes.

The codes stay what is stored and what an extract has; a kind or field that came later than this list is written as it
is, with spaces.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from diary_app.core.catalogue import Catalogue, message
from diary_app.core.facts import ContactField
from diary_app.core.paper import INTERVIEW, PAPER
from diary_app.core.records import RecordKind
from diary_app.resources import LANGUAGES, catalogue
from server.access.account_facts import Happened
from server.access.account_names import NAMED
from server.access.rights import GIVEN, TAKEN
from server.alerts.house_alerts import ACKNOWLEDGED
from server.console.person.coded import coded
from server.export.cuts import CUT_TAKEN
from server.incidents.incident import KIND as INCIDENT
from server.intake.rescue import TAKEN_IN
from server.study_words import DOMAIN, of_any_day
from server.trail.extracts import EXTRACT_MADE
from server.trail.fields import TrailRow

#: Noted when somebody has the whole trail verified at the console.
CHECKED = "trail_verified"
_BETWEEN = " · "
KINDS: Mapping[str, str] = {
    RecordKind.ENTRY: message("entry"),
    RecordKind.DRAFT_DAY: message("entry begun"),
    RecordKind.CHOICE: message("evening chosen"),
    RecordKind.ZONE: message("time zone confirmed"),
    RecordKind.PAUSE: message("pause of reminders"),
    RecordKind.MISSED_REASON: message("why evenings were left out"),
    RecordKind.TRAINING: message("practice entry"),
    RecordKind.APP_EVENT: message("event in the app"),
    RecordKind.ACKNOWLEDGEMENT: message("answer to the study"),
    "participant_added": message("participant added"),
    "phone_activated": message("phone activated"),
    "code_issued": message("code issued"),
    "device_state_set": message("phone's state set"),
    "reminders": message("reminders agreed"),
    "contact_detail": message("contact data changed"),
    "contact_shown": message("contact data shown"),
    "contact_made": message("contact made"),
    "anchor": message("treatment date"),
    "status": message("status set"),
    "status_revoked": message("status revoked"),
    "eligibility": message("eligibility"),
    "randomised": message("randomised"),
    "excused": message("day excused"),
    ACKNOWLEDGED: message("alert seen to"),
    "correction_requested": message("correction asked for"),
    "correction_answered": message("correction answered"),
    "correction_confirmation_waived": message("correction without asking the participant"),
    "correction_approved": message("correction approved"),
    "correction_refused": message("correction refused"),
    "correction_withdrawn": message("correction withdrawn"),
    PAPER: message("sheet of paper typed"),
    INTERVIEW: message("interview typed"),
    "phone_lent": message("whose phone it is"),
    "quarantine_settled": message("set aside: settled"),
    "quarantine_reopened": message("set aside: reopened"),
    "quarantine_seen": message("set aside: looked at"),
    "locked": message("days locked"),
    "unlocked": message("days unlocked"),
    "signed": message("days signed"),
    "answers_seen": message("answers looked at"),
    "safety_reference": message("safety reference"),
    "signals_reviewed": message("signals reviewed"),
    NAMED: message("account named"),
    GIVEN: message("role given"),
    TAKEN: message("role taken away"),
    Happened.INVITED: message("account invited"),
    Happened.JOINED: message("account taken into use"),
    Happened.CLOSED: message("account closed"),
    Happened.PASSWORD_CHANGED: message("password changed"),
    Happened.SECOND_FACTOR_SET_UP: message("second step set up"),
    Happened.SECOND_FACTOR_TAKEN_OFF: message("second step turned off"),
    Happened.SECOND_FACTOR_RESET: message("second step reset"),
    Happened.RECOVERY_CODE_USED: message("recovery code used"),
    Happened.RECOVERY_CODES_MADE: message("recovery codes made"),
    Happened.SESSIONS_ENDED: message("logged out everywhere"),
    Happened.ADDRESS_CHANGED: message("e-mail address of an account changed"),
    Happened.CODE_SHOWN_AGAIN: message("used code shown again at the log-in"),
    Happened.OTHER_BROWSER: message("logged in from another kind of browser"),
    Happened.PASSWORDS_TRIED: message("many wrong passwords tried"),
    Happened.CODES_TRIED: message("many wrong codes tried"),
    EXTRACT_MADE: message("extract taken"),
    CUT_TAKEN: message("data cut taken"),
    TAKEN_IN: message("rescue file taken in"),
    CHECKED: message("trail verified"),
    INCIDENT: message("breach of data protection"),
}  # fmt: skip
#: A field by its name; one with points by each of its parts.
FIELDS: Mapping[str, str] = {
    "about": message("what it is about"),
    "account": message("account"),
    "action": message("what was done"),
    "actual": message("date given"),
    "actual_time": message("time it begins"),
    "alert": message("alert"),
    "anchor": message("treatment"),
    "answer": message("the participant's answer"),
    "answers": message("answers"),
    "app_version": message("app version"),
    "asked": message("asked how"),
    "asked_by": message("asked by"),
    "authority": message("authority"),
    "authority_at": message("authority told"),
    "authority_why": message("authority: why"),
    "chains": message("chains"),
    "change": message("change"),
    "channels": message("ways to be reminded"),
    "choice": message("which evening was chosen"),
    "choices": message("chosen evening"),
    "clock_offset_ms": message("how far off the clock was (ms)"),
    "closes": message("closes"),
    "confirmed": message("confirmed"),
    "contact": message("contact data"),
    "content_sha256": message("hash of the content"),
    "correction": message("which correction"),
    "count": message("how many"),
    "cut": message("data cut"),
    "data": message("which data"),
    "cut_at": message("moment of the cut"),
    "cut_id": message("id of the cut"),
    "cut_kind": message("kind of cut"),
    "dated_by_participant": message("dated by the participant"),
    "day": message("day"),
    "device": message("installation"),
    "diary_day": message("diary day"),
    "done": message("what was done about it"),
    "doubtful": message("in doubt"),
    "effective": message("from (day)"),
    "effects": message("effects"),
    "effective_at": message("from (moment)"),
    "entry": message("which entry"),
    "facts": message("facts"),
    "field": message("field"),
    "filled_by": message("filled in by"),
    "filter": message("filter"),
    "first": message("first of the days"),
    "first_day": message("first evening left out"),
    "flaws": message("places that are wrong"),
    "format": message("format"),
    "formats": message("formats"),
    "handled": message("handled"),
    "happened": message("happened"),
    "harms": message("what was broken"),
    "heads": message("ends of chains"),
    "heads_sha256": message("hash of the ends"),
    "instrument_version": message("version of the questionnaire"),
    "item": message("item"),
    "kind": message("kind"),
    "known": message("known already"),
    "language": message("language"),
    "last": message("last of the days"),
    "last_day": message("last evening left out"),
    "late_reason": message("why so late"),
    "late_until": message("can be filled in until"),
    "lent": message("lent out by the site"),
    "meaning": message("what the signature says"),
    "mode": message("way of filling in"),
    "name": message("name"),
    "new": message("new value"),
    "not_given": message("not given, decided on"),
    "note": message("note"),
    "noticed": message("noticed"),
    "number": message("number"),
    "old": message("old value"),
    "on_time_until": message("on time until"),
    "opens": message("opens"),
    "outcome": message("outcome"),
    "participant": message("participant"),
    "participants": message("participants, about"),
    "people": message("the people concerned"),
    "people_at": message("the people concerned told"),
    "people_why": message("the people concerned: why"),
    "planned": message("planned for"),
    "practice": message("only practice"),
    "read_word_for_word": message("read aloud word for word"),
    "record": message("which record"),
    "record_kind": message("kind of record"),
    "records": message("records"),
    "reference": message("reference"),
    "revision": message("version of the entry"),
    "revokes": message("revokes"),
    "role": message("role"),
    "rows": message("rows"),
    "schedule_revision": message("version of the plan"),
    "scope": message("scope"),
    "set_aside": message("set aside"),
    "sha256": message("hash"),
    "since": message("since"),
    "site": message("site"),
    "sites": message("sites"),
    "snooze_until": message("not on the call list until"),
    "source": message("source"),
    "state": message("state"),
    "stated_on": message("date of the statement"),
    "status": message("status"),
    "stopped": message("messages stopped"),
    "study_version": message("version of the study"),
    "taken_in": message("taken in"),
    "test": message("test"),
    "tzdata_version": message("version of the time zones"),
    "unreadable": message("unreadable"),
    "until": message("until"),
    "username": message("user name"),
    "usual": message("first reminder"),
    "utc_offset_minutes": message("minutes from UTC"),
    "visit": message("visit"),
    "what": message("what"),
    "where": message("on which page"),
    "who": message("who"),
    "with_answers": message("with answers"),
    "wording_sha256": message("hash of the wording"),
    "zone": message("time zone"),
    ContactField.EMAIL: message("e-mail"),
    ContactField.PHONE: message("telephone number"),
}  # fmt: skip
_NOTED = message("noted")


@dataclass(frozen=True)
class TrailWords:
    """For a template: called with a coded reason it says it; kinds, fields and values have words of their own."""

    texts: Catalogue

    def __call__(self, code: str | None) -> str:
        return coded(self.texts, code)

    def kind(self, code: str) -> str:
        """See `kind`."""
        return kind(self.texts, code)

    def field(self, code: str) -> str:
        """See `field`."""
        return field(self.texts, code)

    def value(self, row: TrailRow, text: str) -> str:
        """See `value`."""
        return value(self.texts, row, text)

    def has_no_field(self, row: TrailRow) -> bool:
        """See `has_no_field`."""
        return has_no_field(row)

    @property
    def kinds(self) -> list[str]:
        """Every kind, as it is offered in the search."""
        return sorted({self.texts.text(words) for words in KINDS.values()}, key=str.casefold)

    @property
    def fields(self) -> list[str]:
        """Every field, as it is offered in the search."""
        return sorted({self.texts.text(words) for words in FIELDS.values()}, key=str.casefold)


def kind(texts: Catalogue, code: str) -> str:
    """A kind in the reader's words."""
    return _said(texts, KINDS, code)


def field(texts: Catalogue, code: str) -> str:
    """A field in the reader's words; what a part of it names, such as an item, stays as it is."""
    if code in KINDS and code not in FIELDS:
        return _said(texts, KINDS, code)  # a fact without a field: that it was made is all that changed
    return _BETWEEN.join(_said(texts, FIELDS, part) for part in code.split("."))


def has_no_field(row: TrailRow) -> bool:
    """Of a fact without a field all that changed is that it was made, so its kind stands for field and value."""
    return row.field == row.kind and row.kind in (row.old, row.new)


def value(texts: Catalogue, row: TrailRow, text: str) -> str:
    """What a field was or is, as it is stored; of a fact without a field, that it was noted."""
    return texts.text(_NOTED) if text and has_no_field(row) else text


def kinds_found(typed: str) -> str:
    """The codes that somebody means who types a code or words: one, or several with spaces between. Empty for nothing.

    Words that are all of a kind's name mean that kind; a part of names means all of them, and the code that it may be.
    """
    return " ".join(_found(typed, KINDS))


def fields_found(typed: str) -> str:
    """The same for fields: of each its code, or the part of it before a point."""
    if not typed:
        return ""
    head, *rest = re.split(r"\.|\s·\s", typed)
    tail = [_exact(part, FIELDS) or _as_code(part) for part in rest]
    heads = [_exact(head, KINDS)] if not _exact(head, FIELDS) and _exact(head, KINDS) else _found(head, FIELDS)
    return " ".join(".".join((one, *tail)) for one in heads)


def _said(texts: Catalogue, known: Mapping[str, str], code: str) -> str:
    return texts.text(known[code]) if code in known else code.replace("_", " ")


def _found(typed: str, known: Mapping[str, str]) -> list[str]:
    if not typed:
        return []
    exact = _exact(typed, known)
    return [exact] if exact else [*_containing(typed, known), _as_code(typed)]


def _exact(typed: str, known: Mapping[str, str]) -> str:
    """The code that it is, or whose words it is."""
    wanted, words = _as_code(typed).casefold(), typed.strip().casefold()
    return next((str(code) for code in known if str(code).casefold() == wanted), "") or next(
        (str(code) for code in known if words in _words(known[code])), ""
    )


def _containing(typed: str, known: Mapping[str, str]) -> list[str]:
    part = typed.strip().casefold()
    return [str(code) for code in known if any(part in words for words in _words(known[code]))]


def _as_code(typed: str) -> str:
    return typed.strip().replace(" ", "_")


@cache
def _words(pattern: str) -> tuple[str, ...]:
    """In every language, and as any study has them."""
    found = (texts.text(pattern) for one in LANGUAGES for texts in (catalogue(one, DOMAIN), of_any_day(one)))
    return tuple(dict.fromkeys(text.casefold() for text in found))
