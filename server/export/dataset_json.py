"""The head of a CDISC Dataset-JSON 1.1 file, whichever dataset it is of, and how files of a bundle name each other."""

from collections.abc import Mapping, Sequence

from diary_app.core.times import format_utc
from server.export.content import About

VERSION = "1.1.0"


def study_oid(about: About) -> str:
    """How every file of a study names it."""
    return f"STDY.{about.study.studyid}"


def file_oid(about: About, name: str) -> str:
    """Unique for a cut and a file of it."""
    return f"{about.study.studyid}.{about.cut.id}.{name}"


def label_of(about: About, label: str) -> str:
    """A label; that of a test transfer says what it is."""
    return f"TEST {label}" if about.is_test else label


def head(
    about: About,
    *,
    name: str,
    label: str,
    oid: str,
    records: int,
    columns: Sequence[Mapping[str, object]],
    described: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Everything but the rows, in the documented order of keys, and nothing but what the standard knows.

    `described`: where the Define-XML that describes the dataset is; None when none does.
    """
    program, _, version = about.program.rpartition(" ")
    at = format_utc(about.cut.at)
    return {
        "datasetJSONCreationDateTime": at,
        "datasetJSONVersion": VERSION,
        "fileOID": file_oid(about, name.lower()),
        "dbLastModifiedDateTime": at,
        "sourceSystem": {"name": program or version, "version": version},
        "studyOID": study_oid(about),
        **(described or {}),
        "itemGroupOID": oid,
        "records": records,
        "name": name,
        "label": label_of(about, label),
        "columns": columns,
    }
