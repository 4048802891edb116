"""An installed questionnaire for tests: invented words in the structure of GRIX, with a licence that fits them."""

from datetime import date
from pathlib import Path

from diary_app.core.instruments import Item
from diary_app.core.licences import read_wording
from diary_app.core.study import Study, parse_study
from diary_app.resources import instrument, instruments, study_text

#: In every word that is installed, so that a scan finds any of them.
MARK = "of the installed wording"
ITEMS = tuple(f"GRIX{number:02d}" for number in range(1, 15))
ANSWERS: dict[str, int] = dict.fromkeys(ITEMS, 2)
EXTRACT = ("GRIX01", "GRIX07", "GRIX14")


def wording(language: str = "da", *, version: str = "1.0", code: str = "GRIX") -> str:
    """A wording file; the real words never stand here."""
    head = f'[wording]\ninstrument = "{code}"\nversion = "1.0"\nlanguage = "{language}"\n'
    items = (_words(item, language) for item in instrument(code, "1.0").items)
    return f'{head}translation_version = "{version}"\n' + "".join(items)


def _words(item: Item, language: str) -> str:
    choices = ", ".join(f'{one.value} = "Answer {one.value} {MARK} ({language})"' for one in item.choices)
    return f'[items.{item.code}]\ntext = "{item.code} {MARK} ({language})"\nchoices = {{ {choices} }}\n'


def licence(language: str = "da", *, text: str = "", expires: date | None = None, extract: bool = False) -> str:
    """A licence file for that wording."""
    fingerprint = read_wording(text or wording(language), instruments(), file="wording").fingerprint
    lines = [
        "[licence]", 'instrument = "GRIX"', 'version = "1.0"', 'holder = "A university hospital"',
        'reference = "2026-17"', f'language = "{language}"', 'translation_version = "1.0"',
        "e_version_approved = 2026-09-01", 'modes = ["own_phone", "web"]', f'wording_sha256 = "{fingerprint}"',
        f"extract_approved = {str(extract).lower()}",
    ]  # fmt: skip
    return "\n".join([*lines, f"expires = {expires}" if expires else ""])


def install(folder: Path, *languages: str, expires: date | None = None, extract: bool = False) -> Path:
    """Both files in a folder, for each language; both languages of the study when none is named."""
    folder.mkdir(exist_ok=True)
    for language in languages or ("da", "en"):
        (folder / f"grix-1.0-{language}.wording.toml").write_text(wording(language), encoding="utf-8")
        granted = licence(language, expires=expires, extract=extract)
        (folder / f"grix-1.0-{language}.licence.toml").write_text(granted, encoding="utf-8")
    return folder


def active_text(*items: str, version: str = "1") -> str:
    """The shipped study with GRIX in use, whole or as an extract."""
    extract = f"items = {list(items)}\n".replace("'", '"') if items else ""
    text = study_text("mesrix-more").replace("slot = 2\n", f"slot = 2\nactive = true\n{extract}")
    return text.replace('id = "mesrix-more"\nversion = "1"', f'id = "mesrix-more"\nversion = "{version}"')


def active_study(*items: str) -> Study:
    """The same, read."""
    return parse_study(active_text(*items), file="study.toml")
