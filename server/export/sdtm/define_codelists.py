"""Codelists of the Define-XML: CDISC's with their codes, and the sponsor's own. Never a licensed word."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import server.export.sdtm.terms as terms
from server.export.sdtm.columns import Origin
from server.export.sdtm.elements import child, describe
from server.export.sdtm.qualifiers import Qualifier
from server.export.sdtm.questions import Catalogue, Question

STANDARD_OID = "STD.CT"


@dataclass(frozen=True)
class CodeList:
    """Values, each with what it means; a list in which one has no meaning is written without any.

    `codes`: those of the NCI by value, with that of the list under ""; empty for the sponsor's own.
    """

    name: str
    values: Mapping[str, str]
    codes: Mapping[str, str]
    is_of_numbers: bool = False


def codelists(catalogue: Catalogue, qualifiers: Sequence[Qualifier]) -> dict[str, CodeList]:
    """Every list that is not empty, by the name that columns have for it."""
    found = {
        **{name: standard_list(one) for name, one in terms.STANDARD.items()},
        **_of_questions(catalogue),
        "QSREASND": _plain("Reason Not Performed", terms.REASONS),
        "QSEVINTX": _plain("Evaluation Interval Text", terms.INTERVAL_TEXTS.values()),
        "TIMELI": _plain("Timeliness of the Entry", terms.TIMELINESS),
        "VISIT": _plain("Visit Name", [one.name for one in catalogue.visits.values()]),
        "VISITNUM": CodeList(
            "Visit Number", {str(one.number): one.name for one in catalogue.visits.values()}, {}, is_of_numbers=True
        ),
        "IDVAR": _plain("Identifying Variable", ("QSGRPID", "QSSEQ")),
        "QNAM": CodeList("Qualifier Variable Name", {one.name: one.label for one in qualifiers}, {}),
        "QLABEL": _plain("Qualifier Variable Label", [one.label for one in qualifiers]),
        "QORIG": _plain("Origin", [one.value for one in Origin]),
    }
    return {name: one for name, one in found.items() if one.values}


def answers_name(question: Question) -> str:
    """The name of the list of a question's answers."""
    return f"ANSWER.{question.code}"


def write_codelists(version: Element, found: Mapping[str, CodeList]) -> None:
    """All of them as elements."""
    for name, one in found.items():
        is_standard = bool(one.codes)
        made = child(
            version, "CodeList", OID=f"CL.{name}", Name=one.name,
            DataType="integer" if one.is_of_numbers else "text",
            def__IsNonStandard=None if is_standard else "Yes",
            def__StandardOID=STANDARD_OID if is_standard else None,
        )  # fmt: skip
        is_explained = all(one.values.values())
        for number, (value, meaning) in enumerate(one.values.items(), 1):
            tag = "CodeListItem" if is_explained else "EnumeratedItem"
            item = child(made, tag, CodedValue=value, OrderNumber=number)
            if is_explained:
                describe(item, meaning, "Decode")
            if is_standard:
                child(item, "Alias", Context="nci:ExtCodeID", Name=one.codes[value])
        if is_standard:
            child(made, "Alias", Context="nci:ExtCodeID", Name=one.codes[""])


def _of_questions(catalogue: Catalogue) -> dict[str, CodeList]:
    names = {one.code: one.name for one in catalogue.questions.values()} | {terms.ALL: terms.ALL_NAME}
    return {
        "QSTESTCD": CodeList("Question Short Name", names, {}),
        "QSTEST": _plain("Question Name", names.values()),
        "QSCAT": _plain("Category of Question", sorted(set(catalogue.categories.values()))),
        **{
            answers_name(one): CodeList(
                f"Answers to {one.code}", {str(value): words for value, words in one.answers.items()}, {},
                is_of_numbers=True,
            )
            for one in catalogue.questions.values()
        },
    }  # fmt: skip


def _plain(name: str, values: Iterable[str]) -> CodeList:
    return CodeList(name, dict.fromkeys(values, ""), {})


def standard_list(one: terms.TermList) -> CodeList:
    """A list of CDISC's with its codes."""
    codes = {"": one.code} | {term.value: term.code for term in one.terms}
    return CodeList(one.name, {term.value: term.meaning for term in one.terms}, codes)
