"""That somebody practised is in the trail of a bundle; what they answered then is not."""

import json
from datetime import timedelta
from pathlib import Path

from server.export.content import CutKind
from server.export.participant import ExportedParticipant
from server.export.trail_part import open_trail
from server.services import Services
from server.trail.fields import HIDDEN, TrailRow
from tests.conftest import ALICE
from tests.export.parts import about_now


def row(services: Services, source: str, field: str, new: str) -> TrailRow:
    at = services.environment.now() - timedelta(hours=1)
    return TrailRow(
        at, None, ALICE, "copenhagen", "DMD", "2026-11-22", "entry", field, "", new, ALICE, "participant", "", "", "",
        source, "0" * 64,
    )  # fmt: skip


def test_answers_of_practice_are_hidden_and_no_others(services: Services, tmp_path: Path) -> None:
    (tmp_path / "trail").mkdir()
    rows = [
        row(services, "one", "answers.DMD01", "5"), row(services, "one", "mode", "own_phone"),
        row(services, "one", "practice", "1"), row(services, "two", "answers.DMD01", "7"),
    ]  # fmt: skip
    part = open_trail(tmp_path / "trail", about_now(services, [], CutKind.FINAL))
    part.add(ExportedParticipant(ALICE, "copenhagen", "Europe/Copenhagen", (), (), (), read_trail=lambda: rows))
    part.finish()
    lines = [json.loads(line) for line in (tmp_path / "trail" / "audit_trail.ndjson").read_text().splitlines()]
    assert [(one["source"], one["field"], one["new"]) for one in lines] == [
        ("one", "answers.DMD01", HIDDEN), ("one", "mode", "own_phone"), ("one", "practice", "1"),
        ("two", "answers.DMD01", "7"),
    ]  # fmt: skip
