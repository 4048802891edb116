"""The eventful study, staged once on each database for all tests that only read."""

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.export.content import CutKind
from server.export.fhir import open_fhir
from tests.conftest import postgresql_copy
from tests.export.fhir.eventful import Resource, Staged, eventful, lines


@dataclass(frozen=True)
class Written:
    """The files of a final and of an interim cut."""

    staged: Staged
    final: Path
    interim: Path
    counted: Counter[str]
    counted_interim: Counter[str]
    there: Counter[str]

    def all(self, name: str) -> list[Resource]:
        return lines(self.final, name)

    def one(self, name: str, id: str) -> Resource:
        (found,) = [one for one in self.all(name) if one["id"] == id]
        return found


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def staged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    room = tmp_path_factory.mktemp("eventful")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), room / "study.sqlite")
        copies = iter([f"sqlite:///{room / 'study.sqlite'}"])
    else:
        server, template = (request.getfixturevalue(f"postgresql_{what}") for what in ("server", "template"))
        copies = postgresql_copy(server, template, room)
    with eventful(next(copies), room) as found:
        yield found
    next(copies, None)


@pytest.fixture(scope="package")
def written(staged: Staged) -> Written:
    interim, counted_interim, _ = staged.write(open_fhir, "interim", CutKind.INTERIM)
    final, counted, there = staged.write(open_fhir, "final")
    return Written(staged, final, interim, counted, counted_interim, there)
