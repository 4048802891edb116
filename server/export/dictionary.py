"""The dictionary: every column of every file, said once; the files are written from it, so they cannot disagree."""

from collections.abc import Iterable
from dataclasses import dataclass

from diary_app.core.entries import LateReason
from diary_app.core.facts import ExcuseReason
from diary_app.core.grading import UnknownReason
from diary_app.core.paper import PaperReason
from diary_app.core.study import Study

NUMBER_OR_CODE = "whole number or code"


@dataclass(frozen=True)
class Column:
    """One column of an exported file. `kind`: text, whole number, decimal, date, local time, UTC time or code.

    `NUMBER_OR_CODE`: a whole number where there is an answer, and a code why there is none.
    """

    name: str
    kind: str
    meaning: str


#: The same columns in a test transfer as in a real one, so that what loads the one loads the other.
TRANSFER = Column("transfer", "code", "study; TEST where the participants are dummies and nothing may be analysed")
IDENTIFIERS = (
    Column("studyid", "text", "Protocol code of the study"),
    Column("usubjid", "text", "Unique participant identifier across the study"),
    Column("siteid", "text", "Number of the site"),
    Column("subjid", "text", "Participant number within the site"),
)
DAY = (
    Column("instrument", "code", "Questionnaire"),
    Column("diary_day", "date", "The participant's local date whose window was open; not always the date of capture"),
)
VISIT = Column("visit", "code", "Visit that a visit questionnaire was filled in for; empty for the diary")
VISITS = (
    Column("visit", "code", "Visit of the study"),
    Column("instrument", "code", "Questionnaire"),
    Column("opens_utc", "UTC time", "When the window opened; empty while its treatment has no date"),
    Column("closes_utc", "UTC time", "When the window is over: an entry saved at this moment is outside"),
    Column("state", "code", "not_yet_due, open, done, missed, unknown or not_expected; apart from the diary's rates"),
    Column(
        "reason",
        "code",
        "Why it is unknown (as for a day; not_offered: no phone was told of it in time) or not expected "
        "(the status that ended it; not_in_use: not asked yet)",
    ),
    Column("completed_utc", "UTC time", "Capture of the first version"),
    Column("entry_id", "text", "Identifier of the version that counts"),
)
WINDOW = (
    Column("opens_utc", "UTC time", "When the window opened"),
    Column("closes_utc", "UTC time", "The last moment at which an entry is on time"),
    Column("late_until_utc", "UTC time", "The last moment at which an entry is accepted as late"),
)
STATE = (
    Column(
        "state",
        "code",
        "not_yet_due, open, done, late, missed, unknown, excused; extra for an entry on a day that was not expected",
    ),
    Column(
        "reason",
        "code",
        f"Why a day is unknown ({', '.join(sorted(UnknownReason))}) or excused ({', '.join(sorted(ExcuseReason))})",
    ),
)
COUNTED = Column(
    "counted",
    "code",
    "yes, or why the participant is in no sum of a site and of all, and no day in a rate: screen_failure, "
    "never_activated",
)
CAPTURE = (
    Column("entry_id", "text", "Identifier of the version that counts"),
    Column(
        "revision", "whole number", "1 for a first version; higher after the participant changed it before the deadline"
    ),
    Column(
        "corrected",
        "code",
        "What approved corrections made another: codes of questions, and diary_day; empty when nothing was",
    ),
    Column("captured_local", "local time", "The tap on Save, by the clock on the participant's wall"),
    Column("captured_utc", "UTC time", "The same moment in UTC, by the phone's clock"),
    Column("utc_offset_minutes", "whole number", "Minutes that the wall clock was ahead of UTC"),
    Column("zone", "text", "Time zone when it is the home zone, else OTHER (where somebody travels identifies them)"),
    Column("first_captured_utc", "UTC time", "Capture of the first version of the day; timeliness follows it"),
    Column("received_utc", "UTC time", "When the server had stored the version that counts"),
    Column("lag_minutes", "whole number", "Minutes from capture to receipt"),
    Column(
        "late_reason", "code", f"The participant's reason for an entry after the window closed: {', '.join(LateReason)}"
    ),
    Column("mode", "code", "own_phone, loaned_phone, web, paper or interview"),
    Column(
        "originator", "code", "Who made the record: participant, or staff who typed a sheet of paper or an interview"
    ),
    Column(
        "paper_reason",
        "code",
        f"Why staff typed it from paper or an interview: {', '.join(PaperReason)}; empty for everything else",
    ),
    Column("asked", "code", "How an interview was held: telephone or face_to_face; empty for everything else"),
    Column("filled_by", "code", "self, or someone_tapped_what_i_said"),
    Column("language", "code", "Language in which the questions were shown"),
    Column(
        "clock_offset_ms",
        "whole number",
        "Phone clock minus server clock at the last contact before the entry; empty when unknown",
    ),
    Column("instrument_version", "text", "Version of the questionnaire"),
    Column("wording_sha256", "text", "Fingerprint of the words that were shown"),
    Column("study_version", "text", "Version of the study file under which the entry was made"),
    Column("app_version", "text", "Version of the app; paper or interview for what staff typed"),
)
ANSWER = (
    Column("item", "code", "Question"),
    Column("item_label", "text", "Short label of the question"),
    Column("value", "whole number", "The answer; empty when there is none"),
    Column("answer_status", "code", "answered, prefer_not_to_answer or not_applicable"),
    Column(
        "value_as_given",
        NUMBER_OR_CODE,
        "What the participant had answered, or why not, before an approved correction; empty when it stands as given",
    ),
)


WEEK = (
    Column("instrument", "code", "Questionnaire"),
    Column(
        "week",
        "whole number",
        "Weeks of diary days from treatment 1: days 1 to 7 are week 1, the seven days before it week 0, the baseline",
    ),
    Column("first_day", "date", "First diary day of the week"),
    Column("last_day", "date", "Last diary day of the week"),
    Column("expected_days", "whole number", "How many of the seven were expected; all of them are over"),
    Column("entry_days", "whole number", "How many of those were filled in, on time or late"),
    Column("usable", "code", "yes with an entry on at least 4 of the seven days, else no"),
    Column("scoring_version", "text", "Versions of the scoring rules of its days"),
)
COMPLIANCE = (
    Column("level", "code", "What the row sums up: participant, site or all"),
    Column("siteid", "text", "Number of the site; empty for all"),
    Column("usubjid", "text", "Unique participant identifier across the study; empty for a site and for all"),
    Column("period", "code", "Stretch of the study between treatments; all for the whole diary"),
    Column(
        "counted",
        "code",
        "yes, or why the participant is in no sum of a site and of all: screen_failure, never_activated",
    ),
    Column("participants", "whole number", "Of those summed up, how many had a day that counts"),
    Column("randomised", "whole number", "How many were randomised, with a phone or without; not screen failures"),
    Column("screen_failures", "whole number", "Participants who are left out as screen failures"),
    Column("never_activated", "whole number", "Participants who are left out as they never had a phone"),
    Column("expected", "whole number", "Days that were expected and are over: the sum of the five states after it"),
    Column("done", "whole number", "Filled in on time, or typed by staff of the window"),
    Column("late", "whole number", "Filled in after the window had closed"),
    Column("missed", "whole number", "Nothing was filled in"),
    Column("unknown", "whole number", "Nobody can say whether something was filled in"),
    Column("excused", "whole number", "Accepted as empty by the site"),
)
BY_DAY = (
    Column("level", "code", "site or all"),
    Column("siteid", "text", "Number of the site; empty for all"),
    Column("study_day", "whole number", "Diary days from treatment 1: that date is 1, the day before -1, no 0"),
    Column("expected", "whole number", "Participants whose diary was expected on that day and is over"),
    Column("filled", "whole number", "Of those, how many filled it in, on time or late"),
    Column("excused", "whole number", "Of those, how many were excused"),
    Column(
        "randomised",
        "whole number",
        "Participants who were randomised, with a phone or without; not screen failures",
    ),
)
REACHED = Column(
    "reached",
    "whole number",
    "Of the randomised, how many had this day behind them at the cut, by the calendar alone. The fixed rates are of "
    "all randomised: where reached is lower, the day is still to come for the others, or their treatment 1 was not "
    "given",
)
RATES = {
    "on_time": "on time; what staff typed never is",
    "on_time_or_late": "on time or late",
    "received": "whose entry the server had by the cut",
    "on_time_or_late_without_paper": "on time or late, what staff typed counted as not filled in",
    "received_without_paper": "whose entry the server had by the cut, what staff typed counted as not filled in",
}
READINGS = {"excused_out": "excused days left out", "excused_as_missed": "excused days counted as missed"}
DENOMINATORS = {
    "variable": "participants whose diary was still expected on that day",
    "fixed": "all participants who were randomised",
}


def rate_columns() -> tuple[Column, ...]:
    """Each rate as n, N and percent, with both readings of excused days."""
    return tuple(
        column
        for rate, counted in RATES.items()
        for reading, excused in READINGS.items()
        for column in _rate(f"{rate}_{reading}", f"days {counted}", f"expected days, {excused}")
    )


def pair_columns() -> tuple[Column, ...]:
    """The pair of denominators as n, N and percent, with both readings of excused days."""
    return tuple(
        column
        for pair, people in DENOMINATORS.items()
        for reading, excused in READINGS.items()
        for column in _rate(f"{pair}_{reading}", "participants who filled in that day", f"{people}, {excused}")
    )


def mean_columns(names: Iterable[str]) -> tuple[Column, ...]:
    """The mean of each question or score over a week."""
    return tuple(
        column
        for name in names
        for column in (
            Column(f"{name}_days", "whole number", f"Days of the week with a value of {name}"),
            Column(f"{name}_mean", "decimal", f"Mean of {name} over those days; empty when they are fewer than 4"),
        )
    )


def _rate(name: str, n: str, of: str) -> tuple[Column, ...]:
    return (
        Column(f"{name}_n", "whole number", f"n: {n}"),
        Column(f"{name}_of", "whole number", f"N: {of}"),
        Column(f"{name}_percent", "decimal", "n of N in percent with one decimal, halves up; empty when N is 0"),
    )


def labels(study: Study) -> tuple[Column, ...]:
    """Days since each treatment, and the period."""
    since = tuple(
        Column(
            f"days_since_{anchor.id}",
            "whole number",
            f"Diary day counted from {anchor.label.get('en', anchor.id)}: that date is 1, the day before -1, "
            "there is no 0; empty when no date is known",
        )
        for anchor in study.anchors
    )
    return (
        *since,
        Column(
            "period",
            "code",
            "Stretch of the study between treatments in which the diary day lies; of a visit, in which it was saved",
        ),
    )


def rows(files: Iterable[tuple[str, Iterable[Column]]]) -> Iterable[list[str]]:
    """The dictionary as a table: file, column, kind, meaning."""
    yield ["file", "column", "kind", "meaning"]
    for file, columns in files:
        for column in columns:
            yield [file, column.name, column.kind, column.meaning]
