"""The eventful study with both files of its trail, staged once on each database for tests that only read."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.export.trail_part import CSV, NDJSON, open_trail
from tests.export.fhir.eventful import Staged, eventful_on

Row = dict[str, str]


@dataclass(frozen=True)
class Trail:
    """What was written, read back."""

    staged: Staged
    folder: Path
    counted: Counter[str]
    there: Counter[str]

    @property
    def table(self) -> list[Row]:
        with (self.folder / CSV).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @property
    def lines(self) -> list[Row]:
        text = (self.folder / NDJSON).read_text(encoding="utf-8")
        return [json.loads(line) for line in text.split("\n") if line]

    def of(self, source: str) -> list[Row]:
        """Rows that stand in one record or fact."""
        return [row for row in self.lines if row["source"] == source]


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def trail(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trail]:
    with eventful_on(request, tmp_path_factory.mktemp("eventful")) as staged:
        yield Trail(staged, *staged.write(open_trail, "trail"))
