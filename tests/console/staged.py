"""Sites with staff, participants and graded days, put into the database directly, for pages to be looked at."""

import random
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from pydantic import BaseModel

from diary_app.core.facts import AnchorSet
from diary_app.core.grading import State
from diary_app.core.records import GENESIS
from diary_app.core.times import local_date, wall_to_utc
from server.access import rights, staff
from server.access.acting import Acting
from server.access.rights import Right
from server.access.roles import Role
from server.db import days, devices, participants
from server.db.days import ExpectedDay
from server.db.devices import Device
from server.db.participants import Participant
from server.export.content import CutKind
from server.export.running import Job, Stage
from server.incidents import log
from server.incidents.incident import Data, Harm
from server.intake import staff as intake
from server.services import Services

PASSWORD = "correct horse battery"
SITES = {"01": "copenhagen", "02": "odense"}
ZONE = "Europe/Copenhagen"
LATE_EVENINGS = 7  # every seventh participant has the window that closes at 14:00


def incident(services: Services) -> None:
    """A breach that was noticed five hours ago, about which more has become known since."""
    now, environment = services.environment.now(), services.environment
    by = Acting("command line", is_operator=True)
    first = {
        "what": "A printed list with telephone numbers lay in an unlocked room from 14:05 to 15:30.",
        "noticed": now - timedelta(hours=5), "harms": (Harm.CONFIDENTIALITY,), "data": (Data.CONTACT_DATA,),
    }  # fmt: skip
    more = {
        "what": "A printed list with 12 telephone numbers lay in an unlocked room from 14:05 to 15:30. It was found "
        "by a nurse of the ward.",
        "happened": now - timedelta(hours=17), "participants": 12, "done": "The list was destroyed.",
        "effects": "Staff of the ward may have read it. Nobody is known to have.",
    }  # fmt: skip
    with services.engine.begin() as connection:
        made = log.note(connection, first, by=by, at=now - timedelta(hours=4), id=environment.new_id())
        log.add(connection, made.number, more, by=by, at=now - timedelta(hours=1), id=environment.new_id())


def account(services: Services, name: str, *roles: tuple[Role, str], display: str = "", language: str = "en") -> str:
    """Somebody of the staff with these roles at these sites; the account's id."""
    with services.engine.begin() as connection:
        made = staff.add_account(
            connection, services.environment,
            username=name, display_name=display or name.capitalize(), password=PASSWORD, language=language,
        )  # fmt: skip
        for role, site in roles:
            rights.give(connection, Right(made.id, role, site), author="setup", environment=services.environment)
    return made.id


def participant(
    services: Services,
    number: str,
    states: Mapping[date, tuple[State, str | None]] | None = None,
    *,
    facts: Iterable[BaseModel] = (),
    seen_at: datetime | None = None,
    late_until: int = 36 * 60,
    is_swept: bool = True,
) -> None:
    """Somebody whose phone is active, with days in these states; without states, never activated."""
    now = services.environment.now()
    began = now - timedelta(days=100)
    active = None if states is None else began
    with services.engine.begin() as connection:
        row = Participant(number, SITES[number[:2]], services.study.id, 0, 0, GENESIS, began, active)
        participants.add(connection, row)
        for detail in facts:
            intake.append_fact(connection, services, number, detail, author="carol", at=now)
        if states is not None:
            devices.add(connection, [_device(number, began, seen_at)])
            days.add(connection, [_day(number, day, *state, late_until, is_swept) for day, state in states.items()])


def treatment(anchor: str, day: date, today: date) -> AnchorSet:
    """A treatment that was given on that day, or is planned for it."""
    return AnchorSet(anchor=anchor, **({"actual": day} if day <= today else {"planned": day}))


def _device(number: str, began: datetime, seen_at: datetime | None) -> Device:
    return Device(f"device of {number}", number, "active", 0, began, None, "", "", 0, GENESIS, last_seen_at=seen_at)


def _day(number: str, day: date, state: State, reason: str | None, late_until: int, is_swept: bool) -> ExpectedDay:
    opens, closes, late = (wall_to_utc(day, minutes, ZONE, last=False) for minutes in (1080, 1620, late_until))
    left_out = reason if state is State.NOT_EXPECTED else None
    due = late if state is State.OPEN and not is_swept else None
    return ExpectedDay(
        number, "DMD", day, ZONE, opens, closes, late, left_out, state.value, reason, 1, due, None, None, None, 1
    )


def crowd(services: Services, site: str = "01", count: int = 41, seed: int = 5) -> None:
    """A site as it may look one morning: mostly done, with everything that can happen somewhere."""
    dice, now = random.Random(seed), services.environment.now()  # noqa: S311 - the same crowd each time
    today = local_date(now, ZONE)
    for index in range(1, count + 1):
        number = f"{site}-{index:03d}"
        silent = dice.choice((3, 5)) if index % 13 == 5 else 0
        states = {today - timedelta(days=back): _lived(dice, index, back, silent) for back in range(60)}
        seen = now - (timedelta(days=silent, hours=10) if silent else timedelta(hours=dice.uniform(0.2, 14)))
        late = 38 * 60 if index % LATE_EVENINGS == 0 else 36 * 60
        given = today - timedelta(days=(index * 7) % 130 - 9)
        again = given + timedelta(days=120)
        facts = (treatment("treatment_1", given, today), treatment("treatment_2", again, today))
        participant(services, number, states, facts=facts, seen_at=seen, late_until=late)
    for index in (count + 1, count + 2):
        participant(services, f"{site}-{index:03d}")


def _lived(dice: random.Random, index: int, back: int, silent: int) -> tuple[State, str | None]:
    luck = dice.random()
    if back == 0:
        return State.NOT_YET_DUE, None
    if back == 1 and (luck > 0.85 or silent):
        return State.OPEN, None
    if 1 < back <= silent:
        return State.UNKNOWN, "silent"
    if index % 20 == 10 and 2 <= back < 4:
        return State.UNKNOWN, "quarantined"
    if index % 17 == 3 and 9 <= back < 14:
        return State.EXCUSED, "hospitalised"
    if index % 11 == 4 and back > 20 - index // 4:
        return State.NOT_EXPECTED, None
    if index % 9 == 2 and 2 <= back < 5:
        return State.MISSED, None
    if luck > 0.97:
        return State.MISSED, None
    if luck > 0.93:
        return State.LATE, "forgot"
    if luck > 0.925:
        return State.UNKNOWN, "held_unsent"
    return (State.EXTRA, None) if luck < 0.002 else (State.DONE, None)


def bundles(services: Services, account: str) -> None:
    """Three exports of this account: ready, cut off, failed; files and all that the page reads of them."""
    now = services.environment.now()
    asked = {"account": account, "kind": CutKind.INTERIM, "formats": ("csv",), "sites": ("copenhagen",)}
    for number, stage in enumerate((Stage.READY, Stage.STOPPED, Stage.FAILED)):
        job = Job(
            id=f"staged-{account}-{number}", asked_at=now - timedelta(minutes=5 + number), is_test=number == 1,
            stage=stage, percent=100, at=now - timedelta(minutes=6), sha256="3f" * 32, bytes=4_200_000,
            manifest_sha256="a1" * 32, participants=40,
            code="cut_before_study" if stage is Stage.FAILED else "", **asked,
        )  # fmt: skip
        folder = services.settings.var_folder / "exports" / job.id
        folder.mkdir(parents=True)
        (folder / "job.json").write_text(job.model_dump_json())
        (folder / "bundle.zip").write_bytes(b"")
