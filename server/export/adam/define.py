"""Define-XML 2.1 of ADQS: every column and what AVAL is of each parameter, from the tables that write them."""

from collections.abc import Collection, Mapping, Sequence
from xml.etree.ElementTree import Element

import server.export.sdtm.terms as terms
from server.export.adam.columns import LABEL, NAME, NEEDED, OID, STRUCTURE, Kind, Variable
from server.export.adam.parameters import Catalogue, Parameter
from server.export.content import About
from server.export.dataset_json import label_of
from server.export.define_document import begin, leaf, what_the_cut_is
from server.export.score_words import words_of_scores
from server.export.sdtm.define_codelists import STANDARD_OID, CodeList, standard_list, write_codelists
from server.export.sdtm.elements import as_text, child, describe

FILE = "define.xml"
IG_VERSION = "1.3"
_GUIDE_OID = "STD.IG"
_FORMS = ("csv", "json", "ndjson")
_NUMBER = 8
#: Columns that are taken over as they are, each with where it comes from.
_FROM = {
    "STUDYID": "QS.STUDYID", "USUBJID": "QS.USUBJID", "PARCAT1": "QS.QSCAT", "QSREASND": "QS.QSREASND",
    "QSTIMELI": "SUPPQS.QSTIMELI", "QSDTC": "QS.QSDTC", "QSVERS": "SUPPQS.QSVERS", "QSCORRFL": "SUPPQS.QSCORRFL",
    "QSGRPID": "QS.QSGRPID",
}  # fmt: skip
#: Columns that the sponsor's study file or the site says.
_ASSIGNED = frozenset({"SUBJID", "SITEID", "PARAM", "PARAMCD", "PARAMN", "SRCDOM", "SRCVAR"})
_LISTS = {"PARAMCD": "PARAMCD", "ABLFL": "NY", "ANL01FL": "NY", "ANL02FL": "NY", "QSCORRFL": "NY"}
_MEAN = "Where DTYPE is AVERAGE: the mean of the daily values of the week, of at least 4 days."
_METHODS = {
    "ANSWER": "QSSTRESN of the row of QS that SRCSEQ names: the stored code of the answer.",
    "AVERAGED": f"QSSTRESN of the row of QS that SRCSEQ names: the stored code of the answer. {_MEAN}",
}
_SCORE = (
    "From the rows of QS with the same QSGRPID: {words}. Empty when fewer were answered; at most four decimals, half "
    "to even. SCORVER has the version of the rules."
)


def metadata_oid(about: About) -> str:
    """How Dataset-JSON names the metadata."""
    return f"MDV.{about.study.studyid}.{about.study.version}.ADAM"


def define_xml(
    about: About, columns: Sequence[Variable], found: Catalogue, longest: Mapping[str, int], empty: Collection[str]
) -> str:
    """The document, once every row is written. `longest`: characters of the longest text of each column.

    `empty`: columns without a value.
    """
    name = f"Analysis of the diary of study {about.study.studyid}, study file version {about.study.version}"
    document, version = begin(about, file="define-adam", oid=metadata_oid(about), name=name)
    parameters = list(found.parameters.values())
    _standards(version)
    _value_list(version, parameters)
    _item_group(version, about, columns, empty)
    for one in columns:
        _item(version, one, longest)
    for parameter in parameters:
        _value(version, parameter)
    codes = CodeList("Parameter Code", {one.code: one.label for one in parameters}, {})
    write_codelists(version, {"PARAMCD": codes, "NY": standard_list(terms.STANDARD["NY"])})
    _methods(version, columns, parameters, words_of_scores(about.instruments))
    _comments(version, about, columns)
    for form in _FORMS:
        leaf(version, NAME, form)
    return as_text(document)


def _standards(version: Element) -> None:
    standards = child(version, "def:Standards")
    child(standards, "def:Standard", OID=_GUIDE_OID, Name="ADaMIG", Type="IG", Version=IG_VERSION, Status="Final")
    child(
        standards, "def:Standard", OID=STANDARD_OID, Name="CDISC/NCI", Type="CT", PublishingSet="SDTM",
        Version=terms.CT_VERSION, Status="Final",
    )  # fmt: skip


def _value_list(version: Element, parameters: Sequence[Parameter]) -> None:
    values = child(version, "def:ValueListDef", OID=f"VL.{NAME}.AVAL")
    for number, one in enumerate(parameters, 1):
        reference = child(
            values, "ItemRef", ItemOID=_value_oid(one), OrderNumber=number, Mandatory="No",
            MethodOID=f"MT.AVAL.{_method(one)}",
        )  # fmt: skip
        child(reference, "def:WhereClauseRef", WhereClauseOID=f"WC.{one.code}")
    for one in parameters:
        clause = child(version, "def:WhereClauseDef", OID=f"WC.{one.code}")
        check = child(clause, "RangeCheck", Comparator="EQ", SoftHard="Soft", def__ItemOID=_oid("PARAMCD"))
        child(check, "CheckValue", one.code)


def _item_group(version: Element, about: About, columns: Sequence[Variable], empty: Collection[str]) -> None:
    has_rows = len(empty) < len(columns)
    group = child(
        version, "ItemGroupDef", OID=OID, Name=NAME, Repeating="Yes", IsReferenceData="No", SASDatasetName=NAME,
        Purpose="Analysis", def__Structure=STRUCTURE, def__StandardOID=_GUIDE_OID, def__ArchiveLocationID=f"LF.{NAME}",
        def__CommentOID=f"COM.{NAME}", def__HasNoData=None if has_rows else "Yes",
    )  # fmt: skip
    describe(group, label_of(about, LABEL))
    for number, one in enumerate(columns, 1):
        child(
            group, "ItemRef", ItemOID=_oid(one.name), OrderNumber=number,
            Mandatory="Yes" if one.name in NEEDED else "No", KeySequence=one.key,
            MethodOID=f"MT.{one.name}" if _is_derived(one) else None,
            def__HasNoData="Yes" if has_rows and one.name in empty else None,
        )  # fmt: skip
    child(group, "def:Class", Name="BASIC DATA STRUCTURE")
    leaf(group, NAME)


def _item(version: Element, one: Variable, longest: Mapping[str, int]) -> None:
    is_date = one.kind is Kind.DATE
    made = child(
        version, "ItemDef", OID=_oid(one.name), Name=one.name, SASFieldName=one.name,
        DataType={Kind.TEXT: "text", Kind.DATE: "integer"}.get(one.kind, one.kind.value),
        Length=longest[one.name] if one.kind is Kind.TEXT else _NUMBER,
        SignificantDigits=4 if one.kind is Kind.FLOAT else None, def__DisplayFormat="E8601DA10." if is_date else None,
        def__CommentOID=None if _is_derived(one) or one.name == "AVAL" else f"COM.{NAME}.{one.name}",
    )  # fmt: skip
    describe(made, one.label)
    if one.name in _LISTS:
        child(made, "CodeListRef", CodeListOID=f"CL.{_LISTS[one.name]}")
    if one.name == "AVAL":
        child(made, "def:ValueListRef", ValueListOID=f"VL.{NAME}.AVAL")
    elif one.name in _FROM:
        describe(child(made, "def:Origin", Type="Predecessor"), _FROM[one.name])
    else:
        child(made, "def:Origin", Type="Derived" if _is_derived(one) else "Assigned", Source="Sponsor")


def _value(version: Element, one: Parameter) -> None:
    is_whole = _method(one) == "ANSWER"
    made = child(
        version, "ItemDef", OID=_value_oid(one), Name="AVAL", DataType="integer" if is_whole else "float",
        Length=_NUMBER, SignificantDigits=None if is_whole else 4, SASFieldName="AVAL",
    )  # fmt: skip
    describe(made, one.label)
    child(made, "def:Origin", Type="Derived", Source="Sponsor")


def _methods(
    version: Element, columns: Sequence[Variable], parameters: Sequence[Parameter], words: Mapping[str, str]
) -> None:
    used = {_method(one) for one in parameters}
    of_columns = {one.name: one.meaning for one in columns if _is_derived(one)}
    of_values = {f"AVAL.{name}": text for name, text in _METHODS.items() if name in used}
    of_scores = {
        f"AVAL.{_method(one)}": _SCORE.format(words=words[one.code]) + (f" {_MEAN}" if one.is_averaged else "")
        for one in parameters
        if one.item_slot is None
    }
    for name, text in {**of_columns, **of_values, **of_scores}.items():
        describe(child(version, "MethodDef", OID=f"MT.{name}", Name=f"Derivation of {name}", Type="Computation"), text)


def _comments(version: Element, about: About, columns: Sequence[Variable]) -> None:
    cut = f"{what_the_cut_is(about)}: everything that the server had received by then. No ADSL: merge it by USUBJID."
    describe(child(version, "def:CommentDef", OID="COM.CUT"), cut)
    comment = child(version, "def:CommentDef", OID=f"COM.{NAME}")
    describe(
        comment, "Every answer and score by diary day, and weekly means. The same rows are in CSV and Dataset-JSON:"
    )
    for form in _FORMS:
        child(comment, "def:DocumentRef", leafID=f"LF.{NAME}.{form.upper()}")
    for one in columns:
        if not _is_derived(one) and one.name != "AVAL":
            describe(child(version, "def:CommentDef", OID=f"COM.{NAME}.{one.name}"), one.meaning)


def _is_derived(one: Variable) -> bool:
    """Whether the program works it out. Dates of treatments are the site's; AVAL is told by parameter."""
    return one.name not in _FROM and one.name not in _ASSIGNED and one.name != "AVAL" and one.name[:2] != "TR"


def _method(one: Parameter) -> str:
    if one.item_slot is None:
        return f"SCORE.{one.code}"
    return "AVERAGED" if one.is_averaged else "ANSWER"


def _oid(name: str) -> str:
    return f"IT.{NAME}.{name}"


def _value_oid(one: Parameter) -> str:
    return f"{_oid('AVAL')}.{one.code}"
