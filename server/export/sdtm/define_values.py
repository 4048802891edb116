"""Value-level metadata: what a result is depends on the question, and a supplemental value on its name."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from server.export.sdtm.columns import QS, SUPPQS, Dataset, Kind, Origin
from server.export.sdtm.define_codelists import answers_name
from server.export.sdtm.elements import child, describe
from server.export.sdtm.qualifiers import Qualifier
from server.export.sdtm.questions import Catalogue, Question
from server.export.sdtm.table import Table

#: Who the values of an origin come from.
SOURCES = {Origin.ASSIGNED: "Sponsor", Origin.COLLECTED: "Subject", Origin.DERIVED: "Sponsor"}
#: CDISC's term for whoever collects at a site.
STAFF = "Investigator"


@dataclass(frozen=True)
class ValueItem:
    """Values of column `variable` where column `by` is `name`. `method`, `comment`: texts of their own, if any."""

    dataset: Dataset
    variable: str
    by: str
    name: str
    description: str
    kind: Kind
    length: int
    origin: Origin
    codelist: str = ""
    method: str = ""
    comment: str = ""
    is_by_staff: bool = False

    @property
    def oid(self) -> str:
        """Of the definition of these values."""
        return f"{self.dataset.oid_of(self.variable)}.{self.name}"

    @property
    def source(self) -> str:
        """Who the values come from."""
        return STAFF if self.is_by_staff else SOURCES[self.origin]

    @property
    def where_oid(self) -> str:
        """Of the condition that picks their rows; one for all columns of the same rows."""
        return f"WC.{self.dataset.name}.{self.name}"


def value_items(catalogue: Catalogue, qualifiers: Sequence[Qualifier], qs: Table, supp: Table) -> list[ValueItem]:
    """Those of QSORRES and QSSTRESN by question, then those of QVAL by name."""
    questions = catalogue.questions.values()
    return [
        *(_of_question(one, "QSORRES", qs, Origin.COLLECTED) for one in questions),
        *(_of_question(one, "QSSTRESN", qs, Origin.DERIVED) for one in questions),
        *(_of_qualifier(one, supp) for one in qualifiers),
    ]


def list_oid(dataset: Dataset, variable: str) -> str:
    """Of the list of all values of a column."""
    return f"VL.{dataset.name}.{variable}"


def write_value_lists(version: Element, items: Sequence[ValueItem]) -> None:
    """The lists, then the conditions; the definitions come later, among those of the columns."""
    lists: dict[str, Element] = {}
    for one in items:
        oid = list_oid(one.dataset, one.variable)
        if oid not in lists:
            lists[oid] = child(version, "def:ValueListDef", OID=oid)
        reference = child(
            lists[oid], "ItemRef", ItemOID=one.oid, OrderNumber=len(lists[oid]) + 1, Mandatory="No",
            MethodOID=one.method and f"MT.{one.method}",
        )  # fmt: skip
        child(reference, "def:WhereClauseRef", WhereClauseOID=one.where_oid)
    for oid, one in {one.where_oid: one for one in items}.items():
        clause = child(version, "def:WhereClauseDef", OID=oid)
        check = child(clause, "RangeCheck", Comparator="EQ", SoftHard="Soft", def__ItemOID=one.dataset.oid_of(one.by))
        child(check, "CheckValue", one.name)


def write_value_definitions(version: Element, items: Sequence[ValueItem], codelists: Collection[str]) -> None:
    """What the values of each are."""
    for one in items:
        has_length = one.kind in (Kind.TEXT, Kind.INTEGER)
        made = child(
            version, "ItemDef", OID=one.oid, Name=one.variable if one.by == "QSTESTCD" else one.name,
            DataType=one.kind.value, Length=one.length if has_length else None, SASFieldName=one.variable,
            def__CommentOID=one.comment and f"COM.{one.comment}",
        )  # fmt: skip
        describe(made, one.description)
        if one.codelist in codelists:
            child(made, "CodeListRef", CodeListOID=f"CL.{one.codelist}")
        child(made, "def:Origin", Type=one.origin.value, Source=one.source)


def _of_question(one: Question, variable: str, qs: Table, origin: Origin) -> ValueItem:
    span = "" if one.answers else f": a whole number from {one.lowest} to {one.highest}"
    return ValueItem(
        QS, variable, "QSTESTCD", one.code, f"{one.name}{span}", Kind.INTEGER, qs.longest_of.get(one.code, 1), origin,
        answers_name(one), "QSSTRESN" if origin is Origin.DERIVED else "",
    )  # fmt: skip


def _of_qualifier(one: Qualifier, supp: Table) -> ValueItem:
    own = f"SUPPQS.{one.name}"
    is_derived = one.origin is Origin.DERIVED
    return ValueItem(
        SUPPQS, "QVAL", "QNAM", one.name, one.label, one.kind, supp.longest_of.get(one.name, 1), one.origin,
        one.codelist, own if is_derived else "", "" if is_derived else own, one.is_by_staff,
    )  # fmt: skip
