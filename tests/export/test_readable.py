"""What a person reads first says what is there, names what is unknown within bounds, and needs nothing else."""

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from diary_app.core.correction_facts import ItemChange, Voided
from diary_app.resources import instrument
from server.export.content import About, CutKind
from server.export.page import grouped
from server.export.readable import README, write_readme
from server.export.reviewers_note import MOST_NAMED, NOTE, open_note
from server.export.tally import count
from server.services import Services
from tests.export.parts import write_part
from tests.export.test_csv_files import correct
from tests.export.weeks_lived import Staged, contents, stage

FILES = (("csv/long.csv", 1234, "Answers & more"), ("manifest.json", None, "Every file with its SHA-256"))


class Page(HTMLParser):
    """A page as text, with what it would fetch or run, and the elements that are open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.outside: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "circle", "path"):
            self.open.append(tag)
        fetching = {"src", "href", "action", "data", "srcset"}
        self.outside += [f"{tag} {name}" for name, _ in attrs if name in fetching or name.startswith("on")]
        self.outside += [tag] * (tag in ("script", "link", "iframe", "object", "img", "form"))

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("circle", "path"):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def readme(about: About, folder: Path, tally: "Counter[str]") -> Page:
    write_readme(folder, about, tally, FILES, checks=("check this",))
    return Page((folder / README).read_text(encoding="utf-8"))


def note(folder: Path) -> Page:
    return Page((folder / NOTE).read_text(encoding="utf-8"))


@pytest.fixture
def there(weeks: Staged) -> "Counter[str]":
    return sum((count(person, weeks.about.cut) for person in weeks.people), start=Counter())


def test_the_readme_says_what_is_there(weeks: Staged, there: "Counter[str]", tmp_path: Path) -> None:
    page = readme(weeks.about, tmp_path, there)
    assert "15 December 2026, 20:00:00 UTC (21:00 on 15 December in Europe/Copenhagen)" in page.text
    assert f"{there['done']} / {there['expected']} (" in page.text
    assert "csv/long.csv 1 234 Answers & more" in page.text
    assert "Final: what is unknown counts as not done" in page.text
    for part in (weeks.about.cut.id, weeks.about.cut.content_sha256, "DMD 1.0", "check this"):
        assert part in page.text


def test_a_page_fetches_and_runs_nothing_and_is_whole(weeks: Staged, there: "Counter[str]", tmp_path: Path) -> None:
    weeks.write(open_note, tmp_path / "note")
    for page in (readme(weeks.about, tmp_path, there), note(tmp_path / "note")):
        assert page.outside == []
        assert page.open == []
    for file in (tmp_path / README, tmp_path / "note" / NOTE):
        assert not re.search(r"https?:|url\(|@import", file.read_text(encoding="utf-8"))


def test_a_test_and_a_demonstration_say_so_before_anything_else(
    weeks: Staged, there: "Counter[str]", tmp_path: Path
) -> None:
    approved = weeks.about.study.approvals.model_copy(
        update={"protocol_version": "3", "ethics_reference": "E", "dpia_reference": "D"}
    )
    real = replace(weeks.about, study=weeks.about.study.model_copy(update={"approvals": approved}))
    assert not re.search("TEST|DEMONSTRATION", readme(real, tmp_path, there).text)
    assert "DEMONSTRATION, not for participants." in readme(weeks.about, tmp_path, there).text
    text = readme(replace(real, is_test=True), tmp_path, there).text
    assert text.index("TEST.") < text.index("diary data", text.index("TEST."))


def test_what_comes_from_a_study_file_is_text(weeks: Staged, there: "Counter[str]", tmp_path: Path) -> None:
    study = weeks.about.study.model_copy(update={"title": "A <script>alert(1)</script> & more"})
    page = readme(replace(weeks.about, study=study), tmp_path, there)
    assert page.outside == []
    assert "A <script>alert(1)</script> & more" in page.text


def test_the_same_cut_gives_the_same_pages(weeks: Staged, there: "Counter[str]", tmp_path: Path) -> None:
    for name in ("one", "two"):
        weeks.write(open_note, tmp_path / name)
        readme(weeks.about, tmp_path / name, there)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_the_note_calls_exploratory_what_the_questionnaires_in_use_call_so(weeks: Staged, tmp_path: Path) -> None:
    weeks.write(open_note, tmp_path / "note")
    assert "no main measure: DMDTOT (Dry Mouth Diary Total (Exploratory))." in note(tmp_path / "note").text
    others = replace(weeks.about, instruments=(instrument("VAS", "1.0"),))
    replace(weeks, about=others, people=[]).write(open_note, tmp_path / "others")
    text = (tmp_path / "others" / NOTE).read_text(encoding="utf-8")
    assert "xploratory" not in text
    assert "DMD" not in text


@pytest.mark.usefixtures("lived")
def test_the_note_accounts_for_every_day(services: Services, tmp_path: Path) -> None:
    written, there = write_part(open_note, services, tmp_path / "note", CutKind.INTERIM)
    assert +written == Counter({name: there[name] for name in written if there[name]})
    assert written["unknown"] > 0
    text = note(tmp_path / "note").text
    assert "This is an interim cut: their entries may still come" in text
    assert "02-001 2026-11-23 silent" in text
    assert "too_ill 1" in text


@pytest.mark.usefixtures("lived")
def test_the_note_counts_corrections_and_voids(services: Services, tmp_path: Path) -> None:
    first, second, *_ = sorted(stage(services).alice.entries, key=lambda entry: entry.version.body.diary_day)
    correct(services, first.version.id, ItemChange(item="DMD01", old=6, new=1))
    correct(services, second.version.id, Voided())
    write_part(open_note, services, tmp_path / "note")
    text = note(tmp_path / "note").text
    assert "Answers corrected 1 " in text
    assert "Entries moved to another diary day 0 " in text
    assert "Entries voided as made in error 1 " in text


def test_unknown_days_beyond_the_first_are_counted(weeks: Staged, tmp_path: Path) -> None:
    days = [replace(day, state="unknown", reason="silent") for day in weeks.alice.days]
    people = [replace(weeks.alice, id=f"01-{number:04}", days=days) for number in range(MOST_NAMED + 1)]
    written, _ = replace(weeks, people=people).write(open_note, tmp_path / "note")
    unknown, named = written["unknown"], "1\N{NARROW NO-BREAK SPACE}000"
    text = (tmp_path / "note" / NOTE).read_text(encoding="utf-8")
    assert unknown > 20 * MOST_NAMED
    others = grouped(unknown - MOST_NAMED)
    assert (
        f"The first {named} of {grouped(unknown)} days; <code>expected_days.csv</code> has the other {others}" in text
    )
    assert f"The first {named} participants; 1 more with {unknown // (MOST_NAMED + 1)} unknown days" in text
    assert len(text) < 300_000


def test_one_is_said_in_the_singular(weeks: Staged, tmp_path: Path) -> None:
    (first, *_) = weeks.alice.days
    alone = replace(weeks.alice, days=[replace(first, state="unknown", reason="silent")])
    replace(weeks, people=[alone]).write(open_note, tmp_path / "note")
    text = (tmp_path / "note" / NOTE).read_text(encoding="utf-8")
    assert ("1 participant<" in text, "1 day<" in text) == (True, True)


def test_nobody_unknown_is_said_in_words(weeks: Staged, tmp_path: Path) -> None:
    days = [replace(day, state="missed") if day.state == "unknown" else day for day in weeks.alice.days]
    replace(weeks, people=[replace(weeks.alice, days=days)]).write(open_note, tmp_path / "note")
    assert "every expected day that is over is accounted for" in note(tmp_path / "note").text
