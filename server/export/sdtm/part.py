"""QS and SUPPQS as a part of the bundle: one pass over the participants, a second over what they left behind."""

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from server.export import tally
from server.export.content import About, CutKind
from server.export.dataset_json import label_of
from server.export.participant import ExportedParticipant
from server.export.sdtm.columns import QS, SUPPQS
from server.export.sdtm.dataset_json import DEFINE, JsonFile, NdjsonFile, head_of
from server.export.sdtm.define import define_xml
from server.export.sdtm.lines import Subject, lines_of
from server.export.sdtm.qualifiers import qualifiers
from server.export.sdtm.questions import catalogue
from server.export.sdtm.supplement import supplement_of
from server.export.sdtm.table import Table, kept
from server.export.sdtm.timeline import timeline_of
from server.export.transport import Field, TransportFile

#: What the rows of any cut add up to, and what only those of a final one do: an interim one has no unknown day.
_ALWAYS = (tally.ENTRIES, tally.ANSWERS, tally.SKIPS, tally.EXTRA, "done", "late", "missed", "excused")
_FINAL = ("unknown", tally.EXPECTED)


class SdtmPart:
    """Writes qs and suppqs, each as .ndjson, .json and .xpt, and define.xml."""

    def __init__(self, folder: Path, about: About) -> None:
        """Raises `CommandRefused` for questionnaires that SDTM cannot hold, before anything is written."""
        self._folder, self._about = folder, about
        self._catalogue = catalogue(about)
        self._qualifiers = qualifiers(about.study)
        self._qs, self._supplement = Table(folder, QS), Table(folder, SUPPQS)
        self._found: Counter[str] = Counter()

    def add(self, person: ExportedParticipant) -> None:
        """Raises `CommandRefused` for a value that cannot be written as it is."""
        subject = Subject(self._about, self._catalogue, person, timeline_of(self._about.study, person))
        lines = lines_of(subject)
        self._qs.write((line.row for line in lines), person.id)
        self._supplement.write(supplement_of(subject, lines, self._qualifiers), person.id)
        for line in lines:
            self._found.update(line.adds)

    @property
    def files(self) -> Mapping[str, TextIO]:
        """See `Part`."""
        return {**self._qs.files, **self._supplement.files}

    def learned(self) -> Any:
        """See `Part`."""
        return self._qs.learned(), self._supplement.learned(), self._found

    def take(self, learned: Any) -> None:
        """See `Part`."""
        qs, supplement, found = learned
        self._qs.take(qs)
        self._supplement.take(supplement)
        self._found.update(found)

    def finish(self) -> "Counter[str]":
        """Write every form of both, and what describes them."""
        for table in (self._qs, self._supplement):
            write_forms(self._folder, self._about, table)
        with kept(self._folder / DEFINE) as file:
            file.write(define_xml(self._about, self._catalogue, self._qualifiers, self._qs, self._supplement))
        for table in (self._qs, self._supplement):
            table.remove()
        names = _ALWAYS if self._about.cut.kind is CutKind.INTERIM else _ALWAYS + _FINAL
        return Counter({name: self._found[name] for name in names})

    def close(self) -> None:
        """See `Part`."""
        self._qs.close()
        self._supplement.close()


def open_sdtm(folder: Path, about: About) -> SdtmPart:
    """Begin QS and SUPPQS in `folder`."""
    return SdtmPart(folder, about)


def fields_of(table: Table) -> list[Field]:
    """The columns of a transport file, with the lengths that the table has learned."""
    return [
        Field(one.name, one.label, None if one.is_number else table.length(one.name)) for one in table.dataset.variables
    ]


def write_forms(folder: Path, about: About, table: Table) -> None:
    """The second pass: every form of one dataset at once."""
    stem, head = table.dataset.file, head_of(about, table)
    with ExitStack() as files:
        lines = NdjsonFile(files.enter_context(kept(folder / f"{stem}.ndjson")), head)
        whole = JsonFile(files.enter_context(kept(folder / f"{stem}.json")), head)
        transport = files.enter_context(
            TransportFile(
                files.enter_context((folder / f"{stem}.xpt").open("wb")),
                table.dataset.name,
                label_of(about, table.dataset.label),
                fields_of(table),
                about.cut.at,
            )
        )
        for text, values in table.rows():
            lines.write(text)
            whole.write(text)
            transport.write(values)
        whole.finish()
