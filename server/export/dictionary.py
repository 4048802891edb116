"""The dictionary: every column of every file, said once; the files are written from it, so they cannot disagree."""

from collections.abc import Iterable
from dataclasses import dataclass

from diary_app.core.study import Study


@dataclass(frozen=True)
class Column:
    """One column of an exported file. `kind`: text, whole number, decimal, date, local time, UTC time or code."""

    name: str
    kind: str
    meaning: str


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
    Column("closes_utc", "UTC time", "When the window is over"),
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
    Column("closes_utc", "UTC time", "Until when an entry was on time"),
    Column("late_until_utc", "UTC time", "Until when an entry was accepted as late"),
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
        "Why a day is unknown (silent, held_unsent, quarantined, after_lock, device_lost, device_doubtful) or excused",
    ),
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
    Column("late_reason", "code", "The participant's coded reason for an entry after the window closed"),
    Column("mode", "code", "own_phone, loaned_phone, web, paper or interview"),
    Column("originator", "code", "Who made the record: participant, or staff who typed a sheet of paper"),
    Column("paper_reason", "code", "Why the evening was written on paper; empty for everything else"),
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
    Column("app_version", "text", "Version of the app; paper for a typed sheet"),
)
ANSWER = (
    Column("item", "code", "Question"),
    Column("item_label", "text", "Short label of the question"),
    Column("value", "whole number", "The answer; empty when there is none"),
    Column("answer_status", "code", "answered, prefer_not_to_answer or not_applicable"),
    Column(
        "value_as_given",
        "whole number",
        "What the participant had answered, or why not, before an approved correction; empty when it stands as given",
    ),
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
    return (*since, Column("period", "code", "Stretch of the study between treatments in which the diary day lies"))


def rows(files: Iterable[tuple[str, Iterable[Column]]]) -> Iterable[list[str]]:
    """The dictionary as a table: file, column, kind, meaning."""
    yield ["file", "column", "kind", "meaning"]
    for file, columns in files:
        for column in columns:
            yield [file, column.name, column.kind, column.meaning]
