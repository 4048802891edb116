"""Six phones at two sites and everything that may happen to them, drawn with dice, in one process or another."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta

from diary_app.core.anchors import DateChange
from diary_app.core.correction_facts import CorrectionReason, CorrectionSource, Voided, WaiverReason
from diary_app.core.errors import RequestRefused
from diary_app.core.facts import AnchorSet, Excused, ExcuseReason, Status, StatusRevoked, StatusSet
from diary_app.core.staff_acts import ContactOutcome
from diary_app.core.times import local_date
from server import jobs
from server.access.acting import Acting
from server.db import state
from server.intake import calling, corrections
from server.intake.corrections import Wanted
from server.intake.rebuild import rebuild
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.server.handset import DMD, ZONE, Handset, add, ready, record_fact

ROOT = Acting("root", is_operator=True)


class Ward:
    """Five phones and everything that may happen to them, drawn with dice."""

    def __init__(self, services: Services, elsewhere: Services, clock: SimulatedEnvironment, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - the same ward each time
        self.places, self.clock = (services, elsewhere), clock
        self.phones = [ready(services, f"{site}-00{n}", f"{site} {n}") for site in ("01", "02") for n in (1, 2, 3)]
        self.added = 3
        self.statuses: list[tuple[str, str]] = []
        self.acts: tuple[Callable[[], object], ...] = (
            *[self.time] * 6, *[self.sweep] * 3, self.phone, self.phone, self.phone, self.excuse,
            self.contact, self.anchor, self.status, self.revoke, self.void, self.rebuild, self.newcomer, self.copy,
            self.horizon,
        )  # fmt: skip

    @property
    def place(self) -> Services:
        return self.dice.choice(self.places)

    @property
    def today(self) -> date:
        return local_date(self.clock.now(), ZONE)

    @property
    def somebody(self) -> Handset:
        return self.dice.choice(self.phones)

    def happens(self) -> str:
        act = self.dice.choice(self.acts)
        with suppress(RequestRefused):
            act()
        return act.__name__

    def time(self) -> None:
        self.clock.advance(minutes=self.dice.choice((7, 60, 301, 700, 1440, 1500)))

    def sweep(self) -> None:
        jobs.sweep_due(self.place, self.clock.now())

    def horizon(self) -> None:
        jobs.extend_horizon(self.place, self.clock.now())

    def phone(self) -> None:
        phone = self.somebody
        phone.services = self.place
        if self.dice.random() < 0.5:
            with suppress(StopIteration):
                phone.fill_in(self.today)
        if self.dice.random() < 0.7:
            phone.sync()

    def excuse(self) -> None:
        day = self.today - timedelta(days=self.dice.randrange(1, 6))
        record_fact(
            self.place, self.somebody.participant,
            Excused(instrument=DMD, diary_day=day, reason=ExcuseReason.TOO_ILL),
        )  # fmt: skip

    def contact(self) -> None:
        who, rest = self.somebody.participant, self.dice.choice((None, 0, 1, 3))
        key = self.place.environment.new_id()
        self.place.writer.run(
            who,
            lambda connection: calling.log_contact(
                connection, who, ContactOutcome.NO_ANSWER, id=key, today=self.today, days=rest, who=ROOT,
                at=self.clock.now(),
            ),
        )  # fmt: skip

    def anchor(self) -> None:
        day, name = self.today + timedelta(days=self.dice.randrange(-3, 12)), self.dice.choice("12")
        when = {"actual": day} if day <= self.today else {"planned": day}
        said = AnchorSet(anchor=f"treatment_{name}", **when, reason=DateChange.TYPED_WRONG)
        record_fact(self.place, self.somebody.participant, said)

    def status(self) -> None:
        who = self.dice.choice(self.phones[::2]).participant  # the others' diaries go on
        effective = self.today + timedelta(days=self.dice.randrange(-1, 3))
        kind = self.dice.choice((Status.DIARY_STOPPED, Status.TREATMENT_STOPPED, Status.CONSENT_WITHDRAWN))
        instant = self.clock.now() + timedelta(minutes=self.dice.choice((30, 400)))
        later = {"effective": local_date(instant, ZONE), "effective_at": instant}
        when = later if kind is Status.CONSENT_WITHDRAWN else {"effective": effective}
        fact = record_fact(self.place, who, StatusSet(status=kind, reason="own_wish", **when))
        self.statuses.append((who, fact.id))

    def revoke(self) -> None:
        if self.statuses:
            who, fact = self.statuses.pop()
            record_fact(self.place, who, StatusRevoked(revokes=fact, reason="recorded_in_error"))

    def void(self) -> None:
        phone, now = self.somebody, self.clock.now()
        entry = next((one.id for one in phone.records if one.kind == "entry"), None)
        if entry is None:
            return
        asked = Wanted(entry, Voided(), CorrectionSource.CALL, now.date(), CorrectionReason.ENTERED_IN_ERROR)
        with self.place.engine.begin() as connection:
            key = corrections.request(connection, self.places[0], phone.participant, asked, who=ROOT, at=now).id
            corrections.waive(
                connection, self.places[0], phone.participant, key, WaiverReason.NO_PHONE, who=ROOT, at=now
            )
            corrections.approve(connection, self.places[0], phone.participant, key, who=ROOT, at=now)

    def rebuild(self) -> None:
        with self.place.engine.begin() as connection:
            rebuild(connection, self.places[0], self.clock.now())

    def newcomer(self) -> None:
        self.added += 1
        add(self.place, f"0{self.dice.choice('12')}-{self.added:03d}")

    def copy(self) -> None:
        with self.place.engine.begin() as connection:
            state.set_value(connection, state.EPOCH, self.place.environment.new_id())
