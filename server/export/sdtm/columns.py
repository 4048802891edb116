"""The columns of QS and SUPPQS, said once: every writer and the Define-XML are driven by these tables."""

from dataclasses import dataclass
from enum import StrEnum

Value = str | int | None
Row = dict[str, Value]


class Kind(StrEnum):
    """What a column holds, by the names that Define-XML has for it. Whole numbers are the only numbers."""

    TEXT = "text"
    INTEGER = "integer"
    DATE = "date"
    PARTIAL_MOMENT = "partialDatetime"  # a date and time, or the date alone
    DURATION = "durationDatetime"


class Origin(StrEnum):
    """Where a value comes from."""

    ASSIGNED = "Assigned"
    COLLECTED = "Collected"
    DERIVED = "Derived"


@dataclass(frozen=True)
class Variable:
    """One column. `key`: its place among those that tell rows apart. `method`, `codelist`: names in the Define-XML.

    `comment`: what a reader could not guess. `is_needed`: no row is without it.
    """

    name: str
    label: str
    kind: Kind = Kind.TEXT
    role: str = ""
    origin: Origin = Origin.ASSIGNED
    key: int | None = None
    is_needed: bool = False
    codelist: str = ""
    method: str = ""
    comment: str = ""

    @property
    def is_number(self) -> bool:
        """Whether values are integers; all others are text."""
        return self.kind is Kind.INTEGER

    @property
    def empty(self) -> Value:
        """How the absence of a value is written."""
        return None if self.is_number else ""


@dataclass(frozen=True)
class Dataset:
    """One table. `per_value`: (column that names, column of values) where values of many kinds are in one column.

    `class_name`: of SDTM's classes of observations; empty for what is none.
    """

    name: str
    label: str
    structure: str
    class_name: str
    variables: tuple[Variable, ...]
    per_value: tuple[str, str] | None = None

    @property
    def file(self) -> str:
        """The name of its files without the ending."""
        return self.name.lower()

    @property
    def oid(self) -> str:
        """How Define-XML and Dataset-JSON refer to it."""
        return f"IG.{self.name}"

    def oid_of(self, variable: str) -> str:
        """How they refer to one of its columns."""
        return f"IT.{self.name}.{variable}"

    def variable(self, name: str) -> Variable:
        """Raises KeyError."""
        return {one.name: one for one in self.variables}[name]


_IDENTIFIER = "Identifier"
_RECORD = "Record Qualifier"
_RESULT = "Result Qualifier"
_TIMING = "Timing"

QS = Dataset(
    name="QS",
    label="Questionnaires",
    structure="One record per question per diary day or visit per subject",
    class_name="FINDINGS",
    per_value=("QSTESTCD", "QSORRES"),
    variables=(
        Variable("STUDYID", "Study Identifier", role=_IDENTIFIER, key=1, is_needed=True),
        Variable("DOMAIN", "Domain Abbreviation", role=_IDENTIFIER, is_needed=True, codelist="DOMAIN"),
        Variable("USUBJID", "Unique Subject Identifier", role=_IDENTIFIER, key=2, is_needed=True),
        Variable(
            "QSSEQ", "Sequence Number", Kind.INTEGER, _IDENTIFIER, Origin.DERIVED, is_needed=True, method="QSSEQ"
        ),
        Variable(
            "QSGRPID", "Group ID", role=_IDENTIFIER,
            comment="Identifier of the entry: all answers that were saved together. Empty where there is no entry.",
        ),
        Variable(
            "QSSPID", "Sponsor-Defined Identifier", role=_IDENTIFIER, key=3, is_needed=True,
            comment="Questionnaire and diary day (DMD-2026-11-24), or questionnaire and visit (GRIX-M0).",
        ),
        Variable("QSTESTCD", "Question Short Name", role="Topic", key=4, is_needed=True, codelist="QSTESTCD"),
        Variable("QSTEST", "Question Name", role="Synonym Qualifier", is_needed=True, codelist="QSTEST"),
        Variable("QSCAT", "Category of Question", role="Grouping Qualifier", is_needed=True, codelist="QSCAT"),
        Variable(
            "QSORRES", "Finding in Original Units", role=_RESULT, origin=Origin.COLLECTED,
            comment="The stored code of the answer. Its words, where they are the study's own, are in the codelist; "
            "the participant read them in the language of the phone.",
        ),
        Variable(
            "QSORRESU", "Original Units", role="Variable Qualifier",
            comment="Empty: no question of this study is asked in a unit.",
        ),
        Variable(
            "QSSTRESC", "Character Result/Finding in Std Format", role=_RESULT, origin=Origin.DERIVED,
            method="QSSTRESC",
        ),
        Variable(
            "QSSTRESN", "Numeric Finding in Standard Units", Kind.INTEGER, _RESULT, Origin.DERIVED, method="QSSTRESN"
        ),
        Variable("QSSTAT", "Completion Status", role=_RECORD, codelist="ND"),
        Variable(
            "QSREASND", "Reason Not Performed", role=_RECORD, codelist="QSREASND",
            comment="The participant's own of a skipped question; the site's of an excused day; of any other day "
            "without an entry by the study's rules, from what the server knew at the cut.",
        ),
        Variable(
            "QSLOBXFL", "Last Observation Before Exposure Flag", role=_RECORD, origin=Origin.DERIVED, codelist="NY",
            method="QSLOBXFL",
        ),
        Variable(
            "VISITNUM", "Visit Number", Kind.INTEGER, _TIMING, codelist="VISITNUM",
            comment="Only of visit questionnaires: its place among all visits that the study ever had, from 1.",
        ),
        Variable(
            "VISIT", "Visit Name", role=_TIMING, codelist="VISIT",
            comment="Only of visit questionnaires: the visit's identifier in the study file, in upper case.",
        ),
        Variable("EPOCH", "Epoch", role=_TIMING, origin=Origin.DERIVED, codelist="EPOCH", method="EPOCH"),
        Variable(
            "QSDTC", "Date/Time of Finding", Kind.PARTIAL_MOMENT, _TIMING, Origin.COLLECTED, is_needed=True,
            comment="When the entry was saved, by the clock on the participant's wall; not always on the diary day "
            "(SUPPQS QSDDAT). Of a day without an entry: the diary day.",
        ),
        Variable("QSDY", "Study Day of Finding", Kind.INTEGER, _TIMING, Origin.DERIVED, method="QSDY"),
        Variable(
            "QSEVLINT", "Evaluation Interval", Kind.DURATION, _TIMING,
            comment="Of questionnaires about the past week only.",
        ),
        Variable("QSEVINTX", "Evaluation Interval Text", role=_TIMING, codelist="QSEVINTX"),
    ),
)  # fmt: skip

SUPPQS = Dataset(
    name="SUPPQS",
    label="Supplemental Qualifiers for QS",
    structure="One record per IDVAR, IDVARVAL and QNAM value per subject",
    class_name="RELATIONSHIP",
    per_value=("QNAM", "QVAL"),
    variables=(
        Variable("STUDYID", "Study Identifier", role=_IDENTIFIER, key=1, is_needed=True),
        Variable("RDOMAIN", "Related Domain Abbreviation", role=_IDENTIFIER, key=2, is_needed=True, codelist="DOMAIN"),
        Variable("USUBJID", "Unique Subject Identifier", role=_IDENTIFIER, key=3, is_needed=True),
        Variable("IDVAR", "Identifying Variable", role=_IDENTIFIER, key=4, is_needed=True, codelist="IDVAR"),
        Variable(
            "IDVARVAL", "Identifying Variable Value", role=_IDENTIFIER, key=5, is_needed=True,
            comment="An entry by QSGRPID; a single answer, or a day without an entry, by QSSEQ.",
        ),
        Variable("QNAM", "Qualifier Variable Name", role="Topic", key=6, is_needed=True, codelist="QNAM"),
        Variable("QLABEL", "Qualifier Variable Label", role="Synonym Qualifier", is_needed=True, codelist="QLABEL"),
        Variable("QVAL", "Data Value", role=_RESULT, origin=Origin.COLLECTED, is_needed=True),
        Variable("QORIG", "Origin", role=_RECORD, is_needed=True, codelist="QORIG"),
        Variable("QEVAL", "Evaluator", role=_RECORD, comment="Empty: nothing here is anybody's evaluation."),
    ),
)  # fmt: skip
