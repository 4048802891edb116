"""The story's file on each database, what stands in it, and the CSV files of the same data."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import odmlib
import pytest
import xmlschema

from server.export.content import CutKind
from server.export.csv_part import open_csv
from server.export.odm.writing import open_odm
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import migrated
from tests.export.conftest import Files
from tests.export.odm.replay import Book, read
from tests.export.odm.story import Told, at, tell
from tests.export.parts import write_part

FILE = "odm.xml"


@dataclass
class Written:
    """One study as both formats have it. `counted` is what the format says, `there` what there was."""

    told: Told
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "odm" / FILE

    @cached_property
    def sums(self) -> tuple[dict[str, int], dict[str, int]]:
        counted, there = write_part(open_odm, self.told.services, self.folder / "odm")
        return dict(counted), dict(there)

    @cached_property
    def text(self) -> str:
        assert self.sums
        return self.file.read_text(encoding="utf-8")

    @cached_property
    def book(self) -> Book:
        assert self.sums
        return read(self.file)

    @cached_property
    def csv(self) -> Files:
        return csv_of(self.told.services, self.folder / "csv")


def csv_of(services: Services, folder: Path) -> Files:
    """The CSV files of what is in the database now."""
    write_part(open_csv, services, folder, CutKind.INTERIM)
    return Files(folder)


@cache
def schema() -> xmlschema.XMLSchema:
    """The schema of ODM 1.3.2 as odmlib brings it."""
    folder = Path(odmlib.__file__).parent / "schemas" / "odm" / "1.3.2"
    return xmlschema.XMLSchema(folder / "ODM1-3-2.xsd")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    """Staged once, on SQLite; one test tells it again on either database."""
    folder = tmp_path_factory.mktemp("story")
    url = f"sqlite:///{folder}/xerodiary.sqlite"
    migrated(url)
    clock = SimulatedEnvironment(at(-1, 18))
    services = open_services(Settings(database_url=url, var_folder=folder / "var"), clock)
    yield Written(tell(services, clock), folder)
    services.close()
