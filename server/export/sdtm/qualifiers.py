"""What SUPPQS says of an entry, of an answer and of a day without an entry; each name with its label, once."""

from dataclasses import dataclass

from diary_app.core.study import Study
from server.export.sdtm.columns import Kind, Origin


@dataclass(frozen=True)
class Qualifier:
    """One name of SUPPQS. `label` has at most 40 characters; `meaning` is for the Define-XML.

    `is_by_staff`: collected, and by staff of the site instead of from the participant.
    """

    name: str
    label: str
    kind: Kind
    origin: Origin
    meaning: str
    codelist: str = ""
    is_by_staff: bool = False


_FIXED_BEFORE = (
    Qualifier(
        "QSDDAT", "Diary Day", Kind.DATE, Origin.COLLECTED,
        "The participant's local date whose window was open. An entry saved at 00:40 or 11:00 belongs to the evening "
        "before; the diary day says so, and the date of QSDTC does not.",
    ),
    Qualifier(
        "QSDDY", "Study Day of Diary Day", Kind.INTEGER, Origin.DERIVED,
        "As QSDY, from the diary day (QSDDAT) and not from QSDTC.",
    ),
)  # fmt: skip
_FIXED_AFTER = (
    Qualifier("QSUTC", "Date/Time of Finding in UTC", Kind.TEXT, Origin.COLLECTED,
              "The moment of QSDTC in UTC with milliseconds, by the phone's clock."),
    Qualifier("QSOFF", "UTC Offset of QSDTC", Kind.TEXT, Origin.COLLECTED,
              "How far the clock on the wall was ahead of UTC: +01:00."),
    Qualifier("QSTZ", "Time Zone of QSDTC", Kind.TEXT, Origin.COLLECTED,
              "The zone when it is the participant's home zone, else OTHER: where somebody travels identifies them."),
    Qualifier("QSRCVUTC", "Date/Time of Receipt in UTC", Kind.TEXT, Origin.ASSIGNED,
              "When the server had stored the version that counts."),
    Qualifier("QSLAGMIN", "Minutes from Finding to Receipt", Kind.INTEGER, Origin.DERIVED,
              "Whole minutes from QSUTC to QSRCVUTC, rounded down; negative when the phone's clock was ahead."),
    Qualifier("QSTIMELI", "Timeliness of the Entry", Kind.TEXT, Origin.DERIVED,
              "Of the first version against the window of its diary day or visit. EXTRA: nobody expected the day, and "
              "it is in no rate. OUTSIDE WINDOW: made in no window of its day. One that an approved correction moved "
              "to the day is on time when it was saved before that day's window had closed, even before it opened, "
              "else late. Of a day without an entry: its state.",
              "TIMELI"),
    Qualifier("QSLATERS", "Reason for Late Entry", Kind.TEXT, Origin.COLLECTED,
              "The participant's coded reason for an entry after the window had closed."),
    Qualifier("QSMODE", "Mode of Data Collection", Kind.TEXT, Origin.COLLECTED,
              "How the answers were given: own phone, loaned phone, web, paper or interview."),
    Qualifier("QSORIGIN", "Originator of the Record", Kind.TEXT, Origin.ASSIGNED,
              "PARTICIPANT, or STAFF who typed the participant's sheet of paper, or asked and typed."),
    Qualifier("QSPAPRS", "Reason for Paper or Interview", Kind.TEXT, Origin.COLLECTED,
              "Why the evening was not answered on a phone, by whoever typed it.", is_by_staff=True),
    Qualifier("QSASKED", "How the Interview Was Held", Kind.TEXT, Origin.COLLECTED,
              "TELEPHONE or FACE TO FACE, by whoever typed it. Only of an interview.", is_by_staff=True),
    Qualifier("QSFILLBY", "Who Tapped the Answers", Kind.TEXT, Origin.COLLECTED,
              "SELF, or SOMEONE TAPPED WHAT I SAID; the judgement is always the participant's own."),
    Qualifier("QSVERS", "Version of the Questionnaire", Kind.TEXT, Origin.ASSIGNED,
              "QSCAT has no version; questions and answers are those of this one."),
    Qualifier("QSCLKFL", "Clock More than 5 Minutes Off Flag", Kind.TEXT, Origin.DERIVED,
              "Y: phone and server clocks differed by more than five minutes at the last contact before the entry.",
              "NY"),
    Qualifier("QSCORRFL", "Corrected Flag", Kind.TEXT, Origin.DERIVED,
              "Y: an approved correction changed an answer or the diary day; the value before is in QSGIVEN or "
              "QSDDGIVN.", "NY"),
    Qualifier("QSDDGIVN", "Diary Day Before Correction", Kind.DATE, Origin.COLLECTED,
              "The diary day for which the entry was saved, before an approved correction moved it."),
    Qualifier("QSGIVEN", "Answer Before Correction", Kind.TEXT, Origin.COLLECTED,
              "Of one answer: what the participant had answered, or why not, before an approved correction."),
    Qualifier("QSDAYRS", "Coded Reason for a Day Without an Entry", Kind.TEXT, Origin.ASSIGNED,
              "The study's own code behind QSREASND, which is broader: of an excused day the one that the site chose "
              "(TOO ILL), of an unknown one by the study's rules (SILENT, HELD UNSENT and so on)."),
)  # fmt: skip


def qualifiers(study: Study) -> tuple[Qualifier, ...]:
    """Every name that SUPPQS can have in this study."""
    return (*_FIXED_BEFORE, *_per_treatment(study), *_FIXED_AFTER)


def since_name(number: int) -> str:
    """The name of what is counted from the treatment of that number, from 1."""
    return f"QSDYT{number}"


def _per_treatment(study: Study) -> tuple[Qualifier, ...]:
    return tuple(
        Qualifier(
            since_name(number), f"Diary Day Relative to Treatment {number}", Kind.INTEGER, Origin.DERIVED,
            f"Days from the date on which {anchor.id} was given to the diary day: 1 on that date, -1 the day before, "
            "no 0. Absent when it was not given.",
        )
        for number, anchor in enumerate(study.anchors, 1)
    )  # fmt: skip
