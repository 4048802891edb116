"""The eventful study, staged once on each database for all tests that only read."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.export.content import CutKind
from server.export.fhir import open_fhir
from tests.export.fhir.eventful import Resource, Staged, eventful_on, lines


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
    with eventful_on(request, tmp_path_factory.mktemp("eventful")) as found:
        yield found


@pytest.fixture(scope="package")
def written(staged: Staged) -> Written:
    interim, counted_interim, _ = staged.write(open_fhir, "interim", CutKind.INTERIM)
    final, counted, there = staged.write(open_fhir, "final")
    return Written(staged, final, interim, counted, counted_interim, there)
