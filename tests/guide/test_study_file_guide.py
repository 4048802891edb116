"""Whoever writes a study file finds every key in the guide, and an example that can be used as it is."""

import re
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel

from diary_app.core.alert_rules import AlertRule
from diary_app.core.instruments import Choice, Instrument, Item, LookBack, ScoreRule
from diary_app.core.study import (
    AnchorRule,
    Approvals,
    Contact,
    DiaryRule,
    PromptRule,
    Site,
    Study,
    WindowRule,
    parse_study,
)
from diary_app.core.study_check import check_study
from diary_app.core.study_versions import version_number
from diary_app.core.visit_rules import VisitInstrument, VisitRule
from diary_app.resources import LANGUAGES, instruments
from server.live_study import not_sensible

GUIDE = (Path(__file__).parents[2] / "docs/study-file.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
MADE = {"text", "sha256"}  # not of the file: what was read
STUDY = (
    Study, Approvals, Contact, Site, AnchorRule, DiaryRule, WindowRule, VisitRule, VisitInstrument, PromptRule,
    AlertRule,
)  # fmt: skip
QUESTIONNAIRE = (Instrument, Item, Choice, ScoreRule)


def told(part: str) -> set[str]:
    """Words within marks of code: keys, tables and values."""
    return set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", part))))


@pytest.mark.parametrize("model", STUDY)
def test_every_key_of_a_study_file_is_told(model: type[BaseModel]) -> None:
    part = GUIDE.partition("## Every key")[2].partition("## Weekly")[0]
    assert set(model.model_fields) - MADE - told(part) == set()


@pytest.mark.parametrize("model", QUESTIONNAIRE)
def test_every_key_of_a_questionnaire_is_told(model: type[BaseModel]) -> None:
    part = GUIDE.partition("## A questionnaire of your own")[2].partition("## A licensed")[0]
    keys = {name for name in model.model_fields if not (model is Item and name == "text")} - MADE
    assert keys - told(part) == set()
    assert set(LookBack) <= told(part)


def test_the_example_can_be_used_as_it_is() -> None:
    study = parse_study(BLOCKS[-1], file="example.toml")
    found = (*check_study(study, instruments(), LANGUAGES), *not_sensible(study, (), date(2026, 11, 22)))
    assert (list(map(str, found)), version_number(study.version)) == ([], (1,))


def test_a_week_of_the_guide_fits_into_the_example() -> None:
    week, whole = BLOCKS
    both = whole.replace('id = "week2"', 'id = "week3"').replace("# Inactive", f"{week}\n# Inactive")
    assert [visit.after_days for visit in parse_study(both, file="both.toml").visits] == [0, 14, 7]
