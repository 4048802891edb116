"""The file itself: metadata, then who and where, then one participant's transactions after the other.

Who acted is only known once everybody was written, and stands before them in the file: clinical data and participants
as users are kept in files beside it until then.
"""

import os
import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import server.export.odm.adding as adding
import server.export.odm.metadata as metadata
import server.export.odm.people as people
from diary_app.core.times import format_utc
from server.export import tally
from server.export.content import About
from server.export.odm.clinical import Clinical
from server.export.odm.course import Course
from server.export.odm.markup import Markup
from server.export.odm.people import People
from server.export.participant import ExportedParticipant

FILE = "odm.xml"
_AT_ONCE = 1 << 20
NAMESPACE = "http://www.cdisc.org/ns/odm/v1.3"


def open_odm(folder: Path, about: About) -> "OdmPart":
    """Begin `odm.xml` in `folder`, which exists and is empty."""
    return OdmPart(folder, about)


class OdmPart:
    """ODM 1.3.2, transactional."""

    def __init__(self, folder: Path, about: About) -> None:
        self._about, self._folder = about, folder
        self._people = People(about)
        self._counted: Counter[str] = Counter()
        self._users, self._data = _open(folder / f"{FILE}.users"), _open(folder / f"{FILE}.data")
        self._clinical = Clinical(Markup(self._data), about, self._people)

    def add(self, person: ExportedParticipant) -> None:
        """Write one participant."""
        study = self._about.study
        number, _, in_site = person.id.partition("-")
        subject = study.usubjid_for(number, in_site)
        course = Course(self._about, person)
        people.write_participant(Markup(self._users), subject, self._people.site(person.site))
        self._clinical.add(person, subject, course.steps())
        self._counted += adding.count(course.shelf, self._about.cut.at)
        self._counted[tally.SIGNATURES] += len(course.signed)

    @property
    def files(self) -> Mapping[str, TextIO]:
        """See `Part`."""
        return {Path(file.name).name: file for file in (self._users, self._data)}

    def learned(self) -> Any:
        """See `Part`."""
        return self._people.learned(), self._counted

    def take(self, learned: Any) -> None:
        """See `Part`."""
        known, counted = learned
        self._people.take(known)
        self._counted.update(counted)

    def finish(self) -> "Counter[str]":
        """Put the file together; what it holds by the names of the tally."""
        with _open(self._folder / FILE) as file:
            markup = Markup(file)
            file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
            with markup.element("ODM", _head(self._about)):
                metadata.write_study(markup, self._about)
                with markup.element("AdminData", {"StudyOID": people.study_oid(self._about.study)}):
                    _move(self._users, file)
                    self._people.write_staff(markup)
                    self._people.write_places(markup)
                _move(self._data, file)
            file.flush()
            os.fsync(file.fileno())
        return self._counted

    def close(self) -> None:
        """See `Part`."""
        self._users.close()
        self._data.close()


def _head(about: About) -> dict[str, str]:
    at = format_utc(about.cut.at)
    what = f"Every version of every entry, {about.cut.kind} cut {about.cut.id}"
    program, _, version = about.program.partition(" ")
    return {
        "xmlns": NAMESPACE,
        "ODMVersion": "1.3.2",
        "FileType": "Transactional",
        "Granularity": "All",
        "FileOID": f"{about.study.studyid}.{about.cut.id}",
        "CreationDateTime": at,
        "AsOfDateTime": at,
        "SourceSystem": program,
        "SourceSystemVersion": version,
        "Description": f"{metadata.TEST}. {what}" if about.is_test else what,
    }


def _open(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="\n")


def _move(kept: TextIO, file: TextIO) -> None:
    """To the end of the file what was kept beside it; bytes, as there may be many."""
    kept.close()
    file.flush()
    path = Path(kept.name)
    with path.open("rb") as source:
        shutil.copyfileobj(source, file.buffer, _AT_ONCE)
    path.unlink()
