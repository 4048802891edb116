"""The one reader of assets finds what ships, and says so when it does not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from diary_app import resources
from diary_app.web.catalogues import compile_catalogues

ROOT = Path(__file__).parents[2]
ASK = """
from diary_app import resources
print(resources.__file__, resources.instrument("DMD", "1.0").code, resources.catalogue("da").text("Back"))
"""


def test_mesrix_more_ships() -> None:
    assert "mesrix-more" in resources.study_ids()
    assert resources.study_text("mesrix-more").startswith("# MESRIX-more")


@pytest.mark.parametrize("unknown", ["other", "../studies/mesrix-more", ""])
def test_an_unknown_study_is_not_looked_for_elsewhere(unknown: str) -> None:
    with pytest.raises(KeyError):
        resources.study_text(unknown)


def test_an_instrument_is_found_by_code_and_version() -> None:
    assert resources.instrument("DMD", "1.0").title == "Daily dry-mouth diary"


@pytest.mark.parametrize(("code", "version"), [("DMD", "9.9"), ("ABC", "1.0"), ("dmd", "1.0")])
def test_an_unknown_instrument_version_is_a_key_error(code: str, version: str) -> None:
    with pytest.raises(KeyError):
        resources.instrument(code, version)


def test_a_file_is_named_for_its_code_and_version() -> None:
    for one in resources.instruments():
        assert resources.instrument(one.code, one.version) is one


@pytest.mark.parametrize("language", resources.LANGUAGES)
@pytest.mark.parametrize("domain", ["diary", "console"])
def test_every_language_has_both_catalogues(language: str, domain: str) -> None:
    assert resources.catalogue(language, domain).language == language


def test_an_unknown_language_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        resources.catalogue("fo")


@pytest.mark.parametrize("outside", ["../pyproject.toml", "/etc/hostname", "studies/../../pyproject.toml"])
def test_nothing_outside_the_assets_is_read(outside: str) -> None:
    with pytest.raises(FileNotFoundError):
        resources.data(outside)


def test_an_installed_package_reads_compiled_catalogues(tmp_path: Path) -> None:
    package = tmp_path / "diary_app"
    for part in ("core", "__init__.py", "resources.py", "assets/instruments"):
        source, target = ROOT / (part if part.startswith("assets") else f"diary_app/{part}"), package / part
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    compile_catalogues(ROOT / "assets/translations", package / "assets/translations")
    told = subprocess.run([sys.executable, "-c", ASK], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stdout.split() == [str(package / "resources.py"), "DMD", "Tilbage"]
