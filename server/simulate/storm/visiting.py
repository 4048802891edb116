"""Visit questionnaires in a storm: invented words in the structure of GRIX, and what must hold of every visit."""

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

from diary_app import resources
from diary_app.core.entries import FilledBy
from diary_app.core.environment import Environment
from diary_app.core.errors import Code
from diary_app.core.grading import State
from diary_app.core.history import zone_at
from diary_app.core.instruments import Item
from diary_app.core.licences import WordedInstrument, read_wording
from diary_app.core.records import Record
from diary_app.core.times import local_date
from diary_app.core.visits import ExpectedVisit, expected_visits
from diary_app.core.wording import wording_sha256
from diary_app.storage.diary import Diary
from diary_app.storage.entry_form import NewEntry
from server.db.engine import reading
from server.intake.visits import VisitState, visit_states
from server.simulate.storm.counts import Kind
from server.simulate.storm.database import Server
from server.simulate.storm.handset import Handset
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger, Saved

INSTRUMENT, VERSION = "GRIX", "1.0"
_STUDY = "mesrix-more"
_LANGUAGES = ("da", "en")
_APPROVED = date(2026, 9, 1)


def install(folder: Path) -> tuple[Path, Path]:
    """The study with the questionnaire in use, and a folder with its words and licences; where they are."""
    study, licences = folder / "study-with-visits.toml", folder / "licences"
    study.write_text(resources.study_text(_STUDY).replace("slot = 2\n", "slot = 2\nactive = true\n"), encoding="utf-8")
    licences.mkdir(exist_ok=True)
    for language in _LANGUAGES:
        (licences / f"grix-{language}.wording.toml").write_text(_wording(language), encoding="utf-8")
        (licences / f"grix-{language}.licence.toml").write_text(_licence(language), encoding="utf-8")
    return study, licences


def fill_in(phone: Handset, visit: str, value: int) -> bool:
    """That visit's questionnaire, if the phone has its words and shows it as open and empty; whether it did."""
    return phone.used(lambda: _fill_in(phone.diary, phone.clock, visit, value, phone.note))


def done(house: House, server: Server) -> int:
    """How many questionnaires of visits are done."""
    return sum(one.state is State.DONE for one in _states(house, server))


def _fill_in(diary: Diary, clock: Environment, visit: str, value: int, note: Callable[[Record], None]) -> bool:
    now, study, facts = clock.now(), diary.study(), diary.facts()
    due = [one for one in expected_visits(study, facts) if one.visit == visit and one.is_due(now)]
    if not due or _is_filled_in(diary, visit) or not diary.visits_told().wordings:
        return False
    installation = diary.installation()
    assert installation is not None
    worded, zone = _worded(installation.language), zone_at(facts, now) or ""
    note(diary.save_entry(_entry(due[0], worded, local_date(now, zone), zone, value)))
    return True


def check(house: House, ledger: Ledger, server: Server) -> None:
    """A visit is done once its questionnaire was saved in its window and is here, and never missed when it exists."""
    saved = [one for one in ledger.records.values() if one.visit]
    if not saved:
        return
    states = {(one.participant, one.visit): one for one in _states(house, server)}
    unknowable = ledger.unknowable()
    for one in saved:
        state = states.get((one.participant, one.visit))
        if one.is_in_window and one.participant in server.days:
            _counted(ledger, server, one, state)
            if state is not None and state.state is State.MISSED and one.id not in unknowable:
                ledger.violated(
                    f"{one.participant}'s visit {one.visit} is missed, and {one.id} was saved in its window"
                )


def _states(house: House, server: Server) -> list[VisitState]:
    with reading(house.services.engine) as connection:
        return list(visit_states(connection, house.services.study, [*server.days], house.clock.now()))


def _counted(ledger: Ledger, server: Server, one: Saved, state: VisitState | None) -> None:
    code = server.codes.get(one.id)
    if code not in (None, "", Code.AFTER_WITHDRAWAL):
        ledger.violated(
            f"{one.participant}'s visit {one.visit}, {one.id}, was saved in its window and refused as {code}"
        )
    is_locked = any(participant == one.participant for participant, _ in ledger.locked)
    if code == "" and not is_locked and (state is None or state.state is not State.DONE):
        said = state.state if state else "nowhere"
        ledger.violated(f"{one.participant}'s visit {one.visit} is {said}, though {one.id} is there")
    if code == "":
        ledger.befell[Kind.VISIT_ARRIVED] += 1


def _is_filled_in(diary: Diary, visit: str) -> bool:
    told = any((one.visit, one.instrument) == (visit, INSTRUMENT) for one in diary.visits_told().done)
    return told or any(one.body.visit == visit for one in diary.entries_of(INSTRUMENT))


def _entry(due: ExpectedVisit, worded: WordedInstrument, day: date, zone: str, value: int) -> NewEntry:
    assert due.window is not None
    return NewEntry(
        instrument=INSTRUMENT, instrument_version=VERSION, language=worded.key.language, diary_day=day, zone=zone,
        wording_sha256=wording_sha256(worded.instrument, resources.catalogue(worded.key.language)),
        opens=due.window.opens, closes=due.window.closes, late_until=due.window.closes, visit=due.visit,
        answers={item.code: _answer(item, value) for item in worded.instrument.items}, filled_by=FilledBy.SELF,
    )  # fmt: skip


def _answer(item: Item, value: int) -> int:
    return item.choices[value % len(item.choices)].value


@cache
def _worded(language: str) -> WordedInstrument:
    return read_wording(_wording(language), resources.instruments(), file="wording")


@cache
def _wording(language: str) -> str:
    head = f'[wording]\ninstrument = "{INSTRUMENT}"\nversion = "{VERSION}"\nlanguage = "{language}"\n'
    items = (_words(item, language) for item in resources.instrument(INSTRUMENT, VERSION).items)
    return f'{head}translation_version = "1.0"\n' + "".join(items)


def _words(item: Item, language: str) -> str:
    choices = ", ".join(f'{one.value} = "Invented {one.value} ({language})"' for one in item.choices)
    return f'[items.{item.code}]\ntext = "Invented {item.code} ({language})"\nchoices = {{ {choices} }}\n'


def _licence(language: str) -> str:
    return "\n".join(
        ["[licence]", f'instrument = "{INSTRUMENT}"', f'version = "{VERSION}"', 'holder = "Nobody"',
         'reference = "a storm"', f'language = "{language}"', 'translation_version = "1.0"',
         f"e_version_approved = {_APPROVED}", 'modes = ["own_phone", "web"]',
         f'wording_sha256 = "{_worded(language).fingerprint}"'],
    )  # fmt: skip
