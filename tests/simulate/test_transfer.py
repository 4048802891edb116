"""A test transfer fits the study file that it is made for, or says that it does not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.study import parse_study
from diary_app.resources import study_text
from server.export.content import CutKind
from server.export.wanted import Scope, Wanted
from server.services import Services
from server.simulate.transfer import fit_for_dummies, make_test_bundle

TEXT = study_text("mesrix-more")
NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)


def test_licensed_questionnaires_are_off_and_day_zero_is_before_the_dummies() -> None:
    text = TEXT.replace("slot = 2\n", "slot = 2\nactive = true\n").replace(
        "day_zero = 2026-01-01", "day_zero = 2027-01-01"
    )
    study = parse_study(text, file="study.toml")
    assert [one.active for one in study.instruments] == [True, False]
    fit = parse_study(fit_for_dummies(study, NOW), file="study.toml")
    assert [one.active for one in fit.instruments] == [False, False]
    assert fit.day_zero < NOW.date()
    assert fit.sites == study.sites


def test_a_study_file_that_the_dummies_do_not_fit_is_said(services: Services, tmp_path: Path) -> None:
    text = TEXT.replace('subject_pattern = "^[0-9]{3}$"', 'subject_pattern = "^[0-9]{4}$"')
    services.study = parse_study(text, file="study.toml")
    with pytest.raises(CommandRefused, match="do not fit") as refused:
        make_test_bundle(services, tmp_path / "bundle", Wanted(CutKind.INTERIM, is_test=True), author="somebody")
    assert refused.value.code == Code.NOT_EXPORTABLE
    assert not (tmp_path / "bundle").exists()
    assert not list(services.settings.var_folder.glob(".test.*"))


def test_no_archive_of_dummies_is_made(services: Services, tmp_path: Path) -> None:
    wanted = Wanted(CutKind.INTERIM, scope=Scope.ARCHIVE, is_test=True)
    with pytest.raises(CommandRefused) as refused:
        make_test_bundle(services, tmp_path / "bundle", wanted, author="somebody")
    assert refused.value.code == Code.NOT_ALLOWED
