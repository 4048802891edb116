"""How a Define-XML 2.1 begins, and how it names files: what those of SDTM and of ADaM have in common."""

from xml.etree.ElementTree import Element

from diary_app.core.times import format_utc
from server.export.content import About
from server.export.dataset_json import file_oid, label_of, study_oid
from server.export.sdtm.elements import child, root


def begin(about: About, *, file: str, oid: str, name: str) -> tuple[Element, Element]:
    """The document and its only version of metadata. `file`: unique in a cut; its comment `COM.CUT` has to follow."""
    program, _, of_program = about.program.rpartition(" ")
    document = root(
        {
            "ODMVersion": "1.3.2",
            "FileOID": file_oid(about, file),
            "FileType": "Snapshot",
            "CreationDateTime": format_utc(about.cut.at),
            "SourceSystem": program or of_program,
            "SourceSystemVersion": of_program,
            "def:Context": "Other",
        }
    )
    study = child(document, "Study", OID=study_oid(about))
    names = child(study, "GlobalVariables")
    child(names, "StudyName", label_of(about, about.study.studyid))
    child(names, "StudyDescription", label_of(about, about.study.title))
    child(names, "ProtocolName", about.study.studyid)
    version = child(
        study, "MetaDataVersion", OID=oid, Name=label_of(about, name), Description=what_the_cut_is(about),
        def__DefineVersion="2.1.0", def__CommentOID="COM.CUT",
    )  # fmt: skip
    return document, version


def what_the_cut_is(about: About) -> str:
    """In a few words."""
    return label_of(about, f"{about.cut.kind.value.capitalize()} data cut {about.cut.id} of {format_utc(about.cut.at)}")


def leaf(parent: Element, dataset: str, form: str = "") -> None:
    """A file of a dataset: the transport file, or another form of it."""
    name = f"{dataset.lower()}.{form or 'xpt'}"
    oid = f"LF.{dataset}.{form.upper()}" if form else f"LF.{dataset}"
    child(child(parent, "def:leaf", ID=oid, xlink__href=name), "def:title", name)
