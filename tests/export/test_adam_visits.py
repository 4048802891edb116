"""Visit questionnaires in ADQS: by their visit, outside every week, and never in licensed words."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.export import tally
from server.export.adam import open_adam
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.export.conftest import FIRST
from tests.export.parts import write_part
from tests.licensed import ANSWERS, MARK
from tests.server.handset import ready
from tests.server.visiting import TREATMENT, fill_in_visit, opened_with_grix, plan


@pytest.fixture
def services(settings: Settings, clock: SimulatedEnvironment, tmp_path: Path) -> Iterator[Services]:
    yield from opened_with_grix(settings, clock, tmp_path)


def test_a_visit_has_its_answers_and_scores_and_no_licensed_word(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    alice = ready(services, ALICE)
    plan(services, planned=TREATMENT, actual_time="10:00")
    alice.sync()
    clock.advance(days=1, hours=1)
    alice.fill_in(FIRST)
    fill_in_visit(alice)
    alice.sync()
    written, there = write_part(open_adam, services, tmp_path / "adam")
    assert written[tally.ENTRIES] == there[tally.ENTRIES] == 2
    assert written[tally.ANSWERS] == there[tally.ANSWERS] == 6 + len(ANSWERS)
    with (tmp_path / "adam" / "adqs.csv").open(encoding="utf-8", newline="") as file:
        visit = [row for row in csv.DictReader(file) if row["PARCAT1"] != "DRY MOUTH DIARY (DMD)"]
    assert Counter(bool(row["SRCSEQ"]) for row in visit)[True] == len(ANSWERS)
    assert {(row["AVISIT"], row["AVISITN"], row["DTYPE"]) for row in visit} == {("Before treatment 1", "1001", "")}
    assert len({row["PARAMN"] for row in visit}) == len(visit) > len(ANSWERS)
    assert not [file for file in (tmp_path / "adam").iterdir() if MARK.encode() in file.read_bytes()]
