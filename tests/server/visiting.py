"""A server with an installed questionnaire, and the body of a visit entry as Alice's phone writes it."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from diary_app.core.facts import AnchorSet
from diary_app.core.times import local_date
from diary_app.core.visits import expected_visits
from server.db.engine import reading
from server.intake.visits import VisitState, visit_states
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.licensed import ANSWERS, active_text, install
from tests.server.handset import ZONE, Handset, record_fact

TREATMENT = date(2026, 11, 27)


def with_grix(settings: Settings, folder: Path, *items: str) -> Settings:
    """The settings of a server whose study uses GRIX, with its licence and wording installed."""
    study = folder / "study.toml"
    study.write_text(active_text(*items), encoding="utf-8")
    licences = install(folder / "licences", extract=bool(items))
    return settings.model_copy(update={"study_file": study, "licence_folder": licences})


def opened_with_grix(settings: Settings, clock: SimulatedEnvironment, folder: Path) -> Iterator[Services]:
    """That server; what a fixture yields from."""
    services = open_services(with_grix(settings, folder), clock)
    yield services
    services.close()


def plan(services: Services, anchor: str = "treatment_1", **said: Any) -> None:
    """Carol records a treatment."""
    record_fact(services, ALICE, AnchorSet(anchor=anchor, **said))


def visit_entry(phone: Handset, visit: str = "m0", **changes: Any) -> dict[str, Any]:
    """The body of an entry for the window that this phone shows."""
    facts = tuple({**phone.told, **phone.own_facts()}.values())
    (shown,) = [one for one in expected_visits(phone.services.study, facts) if one.visit == visit]
    assert shown.window is not None
    values = {
        "opens": shown.window.opens, "closes": shown.window.closes, "late_until": shown.window.closes,
        "instrument": "GRIX", "visit": visit, "answers": ANSWERS, **changes,
    }  # fmt: skip
    return phone.entry(local_date(phone.now(), ZONE), **values)


def fill_in_visit(phone: Handset, visit: str = "m0", **changes: Any) -> str:
    """Save a visit questionnaire now; the record's id."""
    return phone.record("entry", **visit_entry(phone, visit, **changes)).id


def states(services: Services, now: datetime | None = None) -> dict[str, VisitState]:
    """Alice's visits now."""
    at = now or services.environment.now()
    with reading(services.engine) as connection:
        return {one.visit: one for one in visit_states(connection, services.study, [ALICE], at)}


def state_of(services: Services, visit: str = "m0") -> tuple[str, str | None]:
    """State and reason of one visit."""
    found = states(services)[visit]
    return found.state.value, found.reason
