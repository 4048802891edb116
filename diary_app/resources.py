"""The one reader of assets: studies, instruments, translations and icons.

They lie in the package (`diary_app/assets`) in a wheel, in the browser and on a phone, and in `assets/` of a checkout.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from diary_app.core import languages
from diary_app.core.catalogue import SOURCE_LANGUAGE, Catalogue, catalogue_from, compile_po, source_catalogue
from diary_app.core.instruments import Instrument, parse_instrument

if TYPE_CHECKING:  # the first screen does without it
    from diary_app.core.study import Study

#: Their codes; the first is that of whoever asked for none that is here.
LANGUAGES = tuple(languages.LANGUAGES)
#: Versions that no release has yet, by code and version; see `also`.
_ALSO: dict[tuple[str, str], Instrument] = {}


@cache
def _assets() -> Traversable:
    packaged = resources.files("diary_app").joinpath("assets")
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "assets"


def _names(folder: str, ending: str) -> tuple[str, ...]:
    files = _assets().joinpath(folder)
    return tuple(sorted(file.name for file in files.iterdir() if file.name.endswith(ending)))


def data(name: str) -> bytes:
    """A file by its path below `assets/`, such as `icons/icon.png`. Raises FileNotFoundError."""
    parts = name.split("/")
    if ".." in parts or "" in parts:
        raise FileNotFoundError(name)
    return _assets().joinpath(*parts).read_bytes()


def study_ids() -> tuple[str, ...]:
    """The studies that ship with the program."""
    return tuple(name.removesuffix(".toml") for name in _names("studies", ".toml"))


def study_text(study_id: str) -> str:
    """The text of a study file that ships with the program. Raises KeyError."""
    if study_id not in study_ids():
        raise KeyError(study_id)
    return data(f"studies/{study_id}.toml").decode()


@cache
def instruments() -> tuple[Instrument, ...]:
    """Every version of every instrument, by code and version."""
    found = [*(_instrument_from(name) for name in _names("instruments", ".toml")), *_ALSO.values()]
    return tuple(sorted(found, key=lambda one: (one.code, one.version)))


@cache
def instrument(code: str, version: str) -> Instrument:
    """One version of an instrument; versions stay for ever. Raises KeyError."""
    if (code, version) in _ALSO:
        return _ALSO[code, version]
    name = f"{code.lower()}-{version}.toml"
    if code != code.upper() or name not in _names("instruments", ".toml"):
        raise KeyError((code, version))
    return _instrument_from(name)


def can_show(study: Study) -> bool:
    """Whether the questionnaire of a study's diary ships with this version."""
    try:
        instrument(study.diary.instrument, study.diary.version)
    except KeyError:
        return False
    return True


@contextmanager
def also(*found: Instrument) -> Iterator[None]:
    """Meanwhile these ship as well, as with a release to come: a study is amended to what no release asks yet."""
    before = dict(_ALSO)
    try:
        _also(before | {(one.code, one.version): one for one in found})
        yield
    finally:
        _also(before)


def _also(wanted: dict[tuple[str, str], Instrument]) -> None:
    _ALSO.clear()
    _ALSO.update(wanted)
    instruments.cache_clear()
    instrument.cache_clear()


@cache
def _instrument_from(name: str) -> Instrument:
    return parse_instrument(data(f"instruments/{name}").decode(), file=f"instruments/{name}")


@cache
def catalogue(language: str, domain: str = "diary") -> Catalogue:
    """The texts of a domain: `diary` for the app and its questions, `console` for staff pages. Raises KeyError."""
    if language not in LANGUAGES:
        raise KeyError(language)
    return source_catalogue() if language == SOURCE_LANGUAGE else catalogue_from(language, _compiled(language, domain))


def is_translated(language: str, text: str) -> bool:
    """Whether the app has its own or a questionnaire's text in that language; the text itself is the English one."""
    return language in LANGUAGES and catalogue(language).has(text)


def _compiled(language: str, domain: str) -> bytes:
    """The build ships `.mo` only; where the `.po` lies beside it, the `.po` is what somebody may just have edited."""
    folder = _assets().joinpath("translations", language, "LC_MESSAGES")
    source = folder.joinpath(f"{domain}.po")
    if source.is_file():
        return compile_po(source.read_text(encoding="utf-8"))
    return folder.joinpath(f"{domain}.mo").read_bytes()
