"""Corrections reach QS as they stand, with what was given before beside them; a voided entry is in no file."""

from datetime import date
from pathlib import Path

import pytest

from diary_app.core.correction_facts import DayMove, ItemChange, Voided
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.export.sdtm.staging import correct, live, sdtm


@pytest.fixture
def lived(services: Services, clock: SimulatedEnvironment) -> None:
    live(services, clock)


pytestmark = pytest.mark.usefixtures("lived")


def test_corrections_are_told_and_what_was_given_stays(services: Services, tmp_path: Path) -> None:
    alice = "MESRIX-MORE-01-001"
    before = sdtm(services, tmp_path / "before")
    changed = before.row(USUBJID=alice, QSSPID="DMD-2026-10-21", QSTESTCD="DMD01")
    moved = before.row(USUBJID=alice, QSSPID="DMD-2026-10-22", QSTESTCD="DMD01")
    void = before.row(USUBJID=alice, QSSPID="DMD-2026-10-27", QSTESTCD="DMD01")
    correct(services, changed["QSGRPID"], ItemChange(item="DMD01", old=6, new=1))
    correct(services, moved["QSGRPID"], DayMove(day=date(2026, 10, 23)))
    correct(services, void["QSGRPID"], Voided())
    after = sdtm(services, tmp_path / "after")

    row = after.row(USUBJID=alice, QSSPID="DMD-2026-10-21", QSTESTCD="DMD01")
    assert (row["QSORRES"], row["QSSTRESN"], row["QSSEQ"], row["QSDTC"]) == ("1", 1, 293051, changed["QSDTC"])
    assert after.said_of(row)["QSCORRFL"] == "Y"
    assert after.said_of(row, by="QSSEQ") == {"QSGIVEN": "6"}
    assert [one["IDVARVAL"] for one in after.rows("suppqs", QNAM="QSGIVEN")] == ["293051"]

    row = after.row(USUBJID=alice, QSGRPID=moved["QSGRPID"], QSTESTCD="DMD01")
    said = after.said_of(row)
    assert (row["QSSPID"], row["QSSEQ"], row["QSDTC"]) == ("DMD-2026-10-23", 295051, "2026-10-23T11:00:00")
    assert (said["QSDDAT"], said["QSDDGIVN"], said["QSCORRFL"]) == ("2026-10-23", "2026-10-22", "Y")

    assert void["QSGRPID"] not in {one["QSGRPID"] for one in after.rows()}
    assert void["QSGRPID"] not in {one["IDVARVAL"] for one in after.rows("suppqs")}
    assert {name: after.there[name] for name in after.said} == dict(after.said)
    assert after.said["entries"] == before.said["entries"] - 1


def test_a_skip_that_was_corrected_is_told_as_one(services: Services, tmp_path: Path) -> None:
    given = sdtm(services, tmp_path / "before").row(QSREASND="PARTICIPANT PREFERRED NOT TO ANSWER")
    correct(services, given["QSGRPID"], ItemChange(item="DMD02", old="prefer_not_to_answer", new=3))
    after = sdtm(services, tmp_path / "after")
    row = after.row(QSGRPID=given["QSGRPID"], QSTESTCD="DMD02")
    assert (row["QSORRES"], row["QSSTAT"]) == ("3", "")
    assert after.said_of(row, by="QSSEQ") == {"QSGIVEN": "PARTICIPANT PREFERRED NOT TO ANSWER"}
