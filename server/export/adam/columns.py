"""The columns of ADQS, said once: every writer is driven by this table."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from diary_app.core.study import Study

Value = str | int | Decimal | None
Row = dict[str, Value]
NAME, LABEL, OID = "ADQS", "Diary and Questionnaire Analysis", "IG.ADQS"
STRUCTURE = "One record per subject, parameter and diary day or visit, and one per subject, parameter and analysis week"
#: A name of ADaM has one number for a treatment.
MOST_TREATMENTS = 9
#: Columns that no row is without.
NEEDED = frozenset({
    "STUDYID", "USUBJID", "SUBJID", "SITEID", "ASEQ", "PARCAT1", "PARAM", "PARAMCD", "PARAMN", "ADT", "SRCDOM",
    "SRCVAR",
})  # fmt: skip


class Kind(StrEnum):
    """What a column holds, by the names that Dataset-JSON has for it. A float is written with at most four places."""

    TEXT = "string"
    INTEGER = "integer"
    FLOAT = "float"
    DATE = "date"


@dataclass(frozen=True)
class Variable:
    """One column. `label` has at most 40 characters; `key`: its place in the order of rows; `meaning`: how it is made.

    `length`: of text, the longest that it may have.
    """

    name: str
    label: str
    kind: Kind
    meaning: str
    key: int | None = None
    length: int = 0


def variables(study: Study) -> tuple[Variable, ...]:
    """Every column in order."""
    anchors = study.anchors[:MOST_TREATMENTS]
    dates = [
        Variable(
            f"TR{number:02}SDT", f"Date of First Exposure in Period {number:02}", Kind.DATE,
            f"Date on which {anchor.id} was given, as the site recorded it; empty when it was not (yet)",
        )
        for number, anchor in enumerate(anchors, 1)
    ]  # fmt: skip
    since = [
        Variable(
            f"QSDYT{number}", f"Diary Day Relative to Treatment {number}", Kind.INTEGER,
            f"Diary day counted from the date of {anchor.id}: that date is 1, the day before -1, there is no 0; of a "
            "week its last day, and empty when the treatment was given within it",
        )
        for number, anchor in enumerate(anchors, 1)
    ]  # fmt: skip
    return (*_WHO, *dates, *_PARAMETER, *_WHEN, *since, *_FLAGS, *_SCORE, *_SOURCE)


_WHO = (
    Variable("STUDYID", "Study Identifier", Kind.TEXT, "Protocol code of the study", length=20),
    Variable("USUBJID", "Unique Subject Identifier", Kind.TEXT, "As in QS", key=1, length=100),
    Variable("SUBJID", "Subject Identifier for the Study", Kind.TEXT, "Number of the trial's own list", length=40),
    Variable("SITEID", "Study Site Identifier", Kind.TEXT, "Number of the site", length=8),
    Variable("ASEQ", "Analysis Sequence Number", Kind.INTEGER, "Number of the row within the subject, from 1"),
)
_PARAMETER = (
    Variable("PARCAT1", "Parameter Category 1", Kind.TEXT, "Category of the questionnaire, as QSCAT", length=40),
    Variable("PARAM", "Parameter", Kind.TEXT, "Short label of the question, or name of the score", length=40),
    Variable("PARAMCD", "Parameter Code", Kind.TEXT, "Code of the question (as QSTESTCD) or of the score", length=8),
    Variable(
        "PARAMN", "Parameter (N)", Kind.INTEGER,
        "Slot of the questionnaire x 100 + slot of the question; of a score x 100 + 50 + its number", key=2,
    ),
    Variable(
        "AVAL", "Analysis Value", Kind.FLOAT,
        "The answer's code, the score, or the mean of a week; empty for a question that was skipped",
    ),
    Variable("BASE", "Baseline Value", Kind.FLOAT, "AVAL of the row with ABLFL = Y of the same parameter"),
    Variable("CHG", "Change from Baseline", Kind.FLOAT, "AVAL - BASE, from the date of treatment 1 on"),
)  # fmt: skip
_WHEN = (
    Variable(
        "ADT", "Analysis Date", Kind.DATE,
        "The diary day, which is not always the date of capture; of a week its last day", key=3,
    ),
    Variable("ADY", "Analysis Relative Day", Kind.INTEGER, "ADT counted from treatment 1: that date is 1, no 0"),
    Variable(
        "AVISIT", "Analysis Visit", Kind.TEXT,
        "Week k: diary days 7k-6 to 7k; Baseline: the seven diary days before treatment 1; Week -k: the k-th week "
        "before that; or the visit of a visit questionnaire",
        length=200,
    ),
    Variable(
        "AVISITN", "Analysis Visit (N)", Kind.INTEGER, "The week, 0 for Baseline; of a visit 1000 + its place", key=5
    ),
    Variable(
        "APHASE", "Phase", Kind.TEXT,
        "Stretch between treatments in which ADT lies; of a visit, in which it was saved; empty for the mean of a week "
        "within which a treatment was given", length=100,
    ),
    Variable("APHASEN", "Phase (N)", Kind.INTEGER, "Place of APHASE, from 1; empty where that is"),
)  # fmt: skip
_FLAGS = (
    Variable("ABLFL", "Baseline Record Flag", Kind.TEXT, "Y: the mean of the baseline week", length=1),
    Variable("ANL01FL", "Analysis Flag 01", Kind.TEXT, "Y: a weekly mean (of at least 4 days)", length=1),
    Variable(
        "ANL02FL", "Analysis Flag 02", Kind.TEXT, "Y: a daily value that a weekly mean was made of", length=1
    ),
    Variable(
        "DTYPE", "Derivation Type", Kind.TEXT, "AVERAGE: a weekly mean; empty for a daily value", key=4, length=7
    ),
    Variable("AVGDAYS", "Number of Days Averaged", Kind.INTEGER, "Of a weekly mean: days with a value, 4 to 7"),
)  # fmt: skip
_SCORE = (
    Variable("SCORVER", "Version of the Scoring Rules", Kind.TEXT, "Of a score, and of means of it", length=200),
    Variable("ANSWERED", "Number of Items Answered", Kind.INTEGER, "Of a score: how many of its items had an answer"),
    Variable("ITEMS", "Number of Items of the Score", Kind.INTEGER, "Of a score: how many items it has"),
)
_SOURCE = (
    Variable(
        "QSREASND", "Reason Not Performed", Kind.TEXT, "Why a question has no AVAL, in the words of QS", length=40
    ),
    Variable(
        "QSTIMELI", "Timeliness of the Entry", Kind.TEXT,
        "ON TIME, LATE, ON PAPER, INTERVIEW; EXTRA: nobody expected the day, and it is in no mean", length=14,
    ),
    Variable("QSDTC", "Date/Time of Finding", Kind.TEXT, "The tap on Save by the clock on the wall", length=19),
    Variable("QSVERS", "Version of the Questionnaire", Kind.TEXT, "Version that the entry was made with", length=40),
    Variable("QSCORRFL", "Corrected Flag", Kind.TEXT, "Y: an approved correction changed the entry", length=1),
    Variable("QSGRPID", "Group ID", Kind.TEXT, "The entry, as in QS; of a score the rows it is made of", length=42),
    Variable("SRCDOM", "Source Data", Kind.TEXT, "QS of an answer or a score, ADQS of a weekly mean", length=4),
    Variable("SRCVAR", "Source Variable", Kind.TEXT, "QSSTRESN of QS, or AVAL of ADQS", length=8),
    Variable(
        "SRCSEQ", "Source Sequence Number", Kind.INTEGER,
        "QSSEQ of the row that AVAL was taken from; empty where it was made of several",
    ),
)  # fmt: skip
