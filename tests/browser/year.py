"""A year of Alice's evenings on a phone that she then lost, as the server holds them."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import httpx

from diary_app.core.times import local_date
from diary_app.sync.http_transport import HttpTransport
from server.app import create_app
from server.intake import staff
from server.live_study import read_study
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from server.simulate.people import Evening
from server.simulate.phone import SimulatedPhone
from server.simulate.timeline import close_windows, move_horizon
from server.simulate.transfer import fit_for_dummies
from server.simulate.ward import Ward
from tests.browser.whole_path import ALICE, SUBJECT, new_code, zone_where_it_is_evening

DAYS = 365
SENT_EVERY = 30
LANGUAGE = "da"  # as the site set it
LIKE_ANY_OTHER = Evening(0, False, {f"DMD0{number}": 3 for number in range(1, 7)}, 5, True, False)


def begun_early(settings: Settings) -> Settings:
    """With the study file in its folder, whose day zero is before all of these evenings."""
    file = settings.var_folder.parent / "study.toml"
    if not file.exists():
        file.write_text(fit_for_dummies(read_study(settings), datetime.now(UTC)), encoding="utf-8")
    return settings.model_copy(update={"study_file": file})


def a_year_later(settings: Settings) -> tuple[str, list[date]]:
    """The code for her next phone, and the evenings that she filled in until yesterday."""
    with ThreadPoolExecutor() as aside:  # Playwright holds this thread's own loop
        return aside.submit(asyncio.run, _a_year_later(settings)).result()


async def _a_year_later(settings: Settings) -> tuple[str, list[date]]:
    now = datetime.now(UTC)
    world = SimulatedEnvironment(now - timedelta(days=DAYS + 1), seed="a year")
    app = create_app(settings, world, clockwork=False)
    async with app.router.lifespan_context(app):
        services: Services = app.state.services
        transport = HttpTransport(httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"))
        ward = Ward(services, world, transport, settings.var_folder)
        zone = zone_where_it_is_evening(now)
        _add(services, zone)
        filled_in = await _live(ward, now, zone)
        code = new_code(services)
        await transport.aclose()
    return code, filled_in


async def _live(ward: Ward, now: datetime, zone: str) -> list[date]:
    phone = SimulatedPhone.on_file(ward.folder / "first.sqlite", ward.world, ward.transport)
    await phone.enrol(new_code(ward.services), "http://127.0.0.1")
    phone.practise(LIKE_ANY_OTHER)
    filled_in: list[date] = []
    for ago in range(DAYS, 0, -1):
        ward.world.move_to(now - timedelta(days=ago))
        today = local_date(ward.world.now(), zone)
        if ago % 9 and phone.fill_in(today, LIKE_ANY_OTHER):
            filled_in.append(today)
        if ago % SENT_EVERY == 1:
            move_horizon(ward)
            await phone.sync()
    ward.world.move_to(now)
    move_horizon(ward)
    close_windows(ward)
    phone.close()
    return filled_in


def _add(services: Services, zone: str) -> None:
    services.writer.run(
        ALICE,
        lambda connection: staff.add_participant(
            connection, services, site="copenhagen", subject=SUBJECT, author="carol", at=services.environment.now(),
            zone=zone, language=LANGUAGE,
        ),
    )  # fmt: skip
