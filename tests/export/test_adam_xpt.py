"""ADQS as a SAS transport file comes back as it is in CSV, or is refused before anything is written."""

import csv
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyreadstat
import pytest

from diary_app.core.errors import Code, CommandRefused
from server.export.adam import open_adam
from server.export.adam.columns import Kind, variables
from server.export.transport import sas_date
from tests.export.weeks_lived import Staged

FIRST_DAY_OF_SAS = "1960-01-01"


@pytest.fixture
def folder(weeks: Staged, tmp_path: Path) -> Path:
    weeks.write(open_adam, tmp_path / "adam")
    return tmp_path / "adam"


def read_back(folder: Path) -> tuple[dict[str, list[Any]], Any]:
    return pyreadstat.read_xport(folder / "adqs.xpt", output_format="dict")


def test_every_cell_comes_back(weeks: Staged, folder: Path) -> None:
    found, _ = read_back(folder)
    with (folder / "adqs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for one in variables(weeks.about.study):
        wanted = [row[one.name] for row in rows]
        if one.kind is Kind.TEXT:
            assert found[one.name] == wanted, one.name
        elif one.kind is Kind.DATE:
            assert [_iso(day) for day in found[one.name]] == wanted, one.name
        else:
            assert [None if _is_none(cell) else cell for cell in found[one.name]] == [
                float(cell) if cell else None for cell in wanted
            ], one.name


def test_columns_have_their_labels_lengths_and_formats(weeks: Staged, folder: Path) -> None:
    found, about = read_back(folder)
    columns = variables(weeks.about.study)
    assert about.column_names == [one.name for one in columns]
    assert about.column_labels == [one.label for one in columns]
    assert about.file_label == "Diary and Questionnaire Analysis"
    for one in columns:
        width = about.variable_storage_width[one.name]
        longest = max((len(text) for text in found[one.name]), default=0) if one.kind is Kind.TEXT else 8
        assert width == max(1, longest), one.name
        shown = "E8601DA10" if one.kind is Kind.DATE else None
        assert about.original_variable_types[one.name] == shown, one.name


def test_means_are_the_same_numbers_as_in_dataset_json(folder: Path) -> None:
    found, _ = read_back(folder)
    whole = json.loads((folder / "adqs.json").read_bytes())
    place = [column["name"] for column in whole["columns"]].index("AVAL")
    told = [row[place] for row in whole["rows"]]
    assert [None if _is_none(cell) else cell for cell in found["AVAL"]] == told
    assert any(value is not None and value != int(value) for value in told)


def test_a_study_without_anybody_is_a_dataset_without_rows(weeks: Staged, tmp_path: Path) -> None:
    replace(weeks, people=[]).write(open_adam, tmp_path / "adam")
    found, about = read_back(tmp_path / "adam")
    assert len(about.column_names) == len(variables(weeks.about.study))
    assert not any(found.values())


def test_a_test_transfer_says_so_in_every_row_of_every_form(weeks: Staged, tmp_path: Path) -> None:
    from server.export.bundle import marked_as_test

    about = replace(weeks.about, is_test=True, study=marked_as_test(weeks.about.study))
    replace(weeks, about=about).write(open_adam, tmp_path / "adam")
    found, told = read_back(tmp_path / "adam")
    assert told.file_label == "TEST Diary and Questionnaire Analysis"
    with (tmp_path / "adam" / "adqs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for name in ("STUDYID", "USUBJID"):
        assert all(cell.startswith("TEST-") for cell in found[name]), name
        assert all(row[name].startswith("TEST-") for row in rows), name


def test_what_would_be_cut_or_garbled_is_refused_before_anything_is_written(weeks: Staged, tmp_path: Path) -> None:
    daily = weeks.about.instruments[0]
    items = (daily.items[0].model_copy(update={"short": "Tørhed"}), *daily.items[1:])
    about = replace(weeks.about, instruments=(daily.model_copy(update={"items": items}),))
    with pytest.raises(CommandRefused, match="PARAM") as refused:
        open_adam(tmp_path, about)
    assert refused.value.code is Code.NOT_EXPORTABLE
    assert list(tmp_path.iterdir()) == []


def test_a_visit_whose_name_has_other_letters_goes_by_its_id(weeks: Staged) -> None:
    from server.export.adam.parameters import catalogue

    visit = weeks.about.study.visits[0]
    odd = visit.model_copy(update={"label": {"en": "Visit 1 \N{EN DASH} before"}})
    study = weeks.about.study.model_copy(update={"visits": (odd, *weeks.about.study.visits[1:])})
    about = replace(weeks.about, study=study, versions=())
    assert catalogue(about).visits[visit.id][0] == visit.id


def test_dates_are_counted_as_sas_counts_them() -> None:
    assert sas_date(FIRST_DAY_OF_SAS) == 0
    assert sas_date("1959-12-31") == -1
    assert sas_date("2026-11-29") == (date(2026, 11, 29) - date(1960, 1, 1)).days == 24439


def _iso(day: Any) -> str:
    return "" if _is_none(day) else str(day)[:10]


def _is_none(cell: Any) -> bool:
    return cell is None or cell != cell or str(cell) in ("NaT", "nan")
