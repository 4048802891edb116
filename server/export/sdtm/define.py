"""Define-XML 2.1 of QS and SUPPQS: every column, value, codelist and derivation, from the tables that write them."""

from collections.abc import Collection, Iterator, Sequence
from xml.etree.ElementTree import Element

import server.export.sdtm.terms as terms
from server.export.content import About, CutKind
from server.export.dataset_json import label_of
from server.export.define_document import begin, leaf, what_the_cut_is
from server.export.sdtm.columns import Dataset, Kind, Origin, Variable
from server.export.sdtm.dataset_json import metadata_oid
from server.export.sdtm.define_codelists import STANDARD_OID, codelists, write_codelists
from server.export.sdtm.define_values import (
    SOURCES,
    list_oid,
    value_items,
    write_value_definitions,
    write_value_lists,
)
from server.export.sdtm.derivations import METHODS
from server.export.sdtm.elements import as_text, child, describe
from server.export.sdtm.qualifiers import Qualifier
from server.export.sdtm.questions import Catalogue
from server.export.sdtm.table import Table

_GUIDE_OID = "STD.IG"
_JSON_FORMS = ("json", "ndjson")


def define_xml(
    about: About, catalogue: Catalogue, qualifiers: Sequence[Qualifier], qs: Table, supplement: Table
) -> str:
    """The document, once both tables are written: it states the lengths that they have learned."""
    tables = (qs, supplement)
    lists = codelists(catalogue, qualifiers)
    values = value_items(catalogue, qualifiers, qs, supplement)
    listed = {(one.dataset.name, one.variable) for one in values}
    name = f"Diary of study {about.study.studyid}, study file version {about.study.version}"
    document, version = begin(about, file="define", oid=metadata_oid(about), name=name)
    _standards(version)
    write_value_lists(version, values)
    for table in tables:
        _item_group(version, about, table)
    for table in tables:
        for one in table.dataset.variables:
            _item(version, table, one, lists, has_values=(table.dataset.name, one.name) in listed)
    write_value_definitions(version, values, lists)
    write_codelists(version, lists)
    _methods(version, qualifiers)
    _comments(version, about, tables, qualifiers)
    for table in tables:
        for form in _JSON_FORMS:
            leaf(version, table.dataset.name, form)
    return as_text(document)


def _standards(version: Element) -> None:
    standards = child(version, "def:Standards")
    child(standards, "def:Standard", OID=_GUIDE_OID, Name="SDTMIG", Type="IG", Version=terms.IG_VERSION, Status="Final")
    child(
        standards, "def:Standard", OID=STANDARD_OID, Name="CDISC/NCI", Type="CT", PublishingSet="SDTM",
        Version=terms.CT_VERSION, Status="Final",
    )  # fmt: skip


def _item_group(version: Element, about: About, table: Table) -> None:
    dataset = table.dataset
    group = child(
        version, "ItemGroupDef", OID=dataset.oid, Name=dataset.name, Domain=terms.DOMAIN, Repeating="Yes",
        IsReferenceData="No", SASDatasetName=dataset.name, Purpose="Tabulation", def__Structure=dataset.structure,
        def__StandardOID=_GUIDE_OID, def__ArchiveLocationID=f"LF.{dataset.name}", def__CommentOID=f"COM.{dataset.name}",
        def__HasNoData=None if table.records else "Yes",
    )  # fmt: skip
    describe(group, label_of(about, dataset.label))
    for number, one in enumerate(dataset.variables, 1):
        child(
            group, "ItemRef", ItemOID=dataset.oid_of(one.name), OrderNumber=number,
            Mandatory="Yes" if one.is_needed else "No", KeySequence=one.key, Role=one.role,
            MethodOID=one.method and f"MT.{one.method}", def__HasNoData="Yes" if table.has_no_data(one.name) else None,
        )  # fmt: skip
    if dataset.name != terms.DOMAIN:
        child(group, "Alias", Context="DomainDescription", Name=terms.ALL_NAME)
    child(group, "def:Class", Name=dataset.class_name)
    leaf(group, dataset.name)


def _item(version: Element, table: Table, one: Variable, lists: Collection[str], *, has_values: bool) -> None:
    has_length = one.kind in (Kind.TEXT, Kind.INTEGER)
    made = child(
        version, "ItemDef", OID=table.dataset.oid_of(one.name), Name=one.name, DataType=one.kind.value,
        Length=table.length(one.name) if has_length else None, SASFieldName=one.name,
        def__CommentOID=one.comment and f"COM.{table.dataset.name}.{one.name}",
    )  # fmt: skip
    describe(made, one.label)
    if one.codelist in lists:
        child(made, "CodeListRef", CodeListOID=f"CL.{one.codelist}")
    if has_values:
        child(made, "def:ValueListRef", ValueListOID=list_oid(table.dataset, one.name))
    else:
        child(made, "def:Origin", Type=one.origin.value, Source=SOURCES[one.origin])


def _methods(version: Element, qualifiers: Sequence[Qualifier]) -> None:
    own = {f"SUPPQS.{one.name}": one.meaning for one in qualifiers if one.origin is Origin.DERIVED}
    for name, text in {**METHODS, **own}.items():
        method = child(version, "MethodDef", OID=f"MT.{name}", Name=f"Derivation of {name}", Type="Computation")
        describe(method, text)


def _comments(version: Element, about: About, tables: Sequence[Table], qualifiers: Sequence[Qualifier]) -> None:
    describe(child(version, "def:CommentDef", OID="COM.CUT"), _of_the_cut(about))
    for table in tables:
        comment = child(version, "def:CommentDef", OID=f"COM.{table.dataset.name}")
        describe(comment, _of_the_dataset(table.dataset))
        for form in _JSON_FORMS:
            child(comment, "def:DocumentRef", leafID=f"LF.{table.dataset.name}.{form.upper()}")
    for name, text in (*_of_columns(tables), *_of_values(qualifiers)):
        describe(child(version, "def:CommentDef", OID=f"COM.{name}"), text)


def _of_columns(tables: Sequence[Table]) -> Iterator[tuple[str, str]]:
    for table in tables:
        for one in table.dataset.variables:
            if one.comment:
                yield f"{table.dataset.name}.{one.name}", one.comment


def _of_values(qualifiers: Sequence[Qualifier]) -> Iterator[tuple[str, str]]:
    return ((f"SUPPQS.{one.name}", one.meaning) for one in qualifiers if one.origin is not Origin.DERIVED)


def _of_the_cut(about: About) -> str:
    unknown = (
        "Days of which nobody knows whether they were missed are rows NOT DONE."
        if about.cut.kind is CutKind.FINAL
        else "Days of which nobody knows yet whether they were missed have no row; csv/expected_days lists them."
    )
    return (
        f"{what_the_cut_is(about)}: everything that the server had received by then. {unknown} DM, TA, TE, TS, SE and "
        "EX are not part of it: they come from the trial's own data, and reference/dm_key has the keys."
    )


def _of_the_dataset(dataset: Dataset) -> str:
    what = (
        "Answers of the diary and of visit questionnaires, and a row QSALL for a day or visit without an entry. No "
        "scores: they are derived, and stand in ADQS and CSV with their rules."
        if dataset.name == terms.DOMAIN
        else "What belongs to an entry as a whole is there once, by QSGRPID."
    )
    return f"{what} The same rows are in Dataset-JSON:"
