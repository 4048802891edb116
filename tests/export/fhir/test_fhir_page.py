"""The page for integrators shows a response as it is written, and names what there is."""

import json
import re
from pathlib import Path
from typing import Any

from server.export.fhir.part import TYPES
from server.export.fhir.people import STATUSES
from tests.export.fhir.conftest import Written

PAGE = (Path(__file__).parents[3] / "docs/export/fhir.md").read_text(encoding="utf-8")


def test_the_worked_response_is_one_that_is_written(written: Written) -> None:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    shown: dict[str, Any] = json.loads(block)
    made = written.one("QuestionnaireResponse", written.staged.ids["skipped"])
    named = json.loads(json.dumps(made).replace(made["id"], shown["id"]))
    assert shown == named
    assert list(shown) == list(named)


def test_every_file_is_named() -> None:
    assert re.findall(r"^\| `([A-Z]\w+)` \|", PAGE, re.MULTILINE) == list(TYPES)


def test_every_status_of_a_participant_is_named() -> None:
    rows = re.findall(r"^\| (`.*`) \| `([a-z-]+)` \|$", PAGE.partition("## Statuses")[2], re.MULTILINE)
    named = {own: theirs for owns, theirs in rows for own in re.findall(r"`(\w+)`", owns)}
    assert named == {own.value: theirs for own, theirs in STATUSES.items()}
