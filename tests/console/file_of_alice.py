"""Alice, who filled in her diary for real, and everybody who looks at her pages."""

from datetime import timedelta

from server.access.roles import Role
from server.intake.sweep import sweep
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.console import staged
from tests.console.conftest import TODAY
from tests.server.handset import Handset, ready

PATH = f"/console/participants/{ALICE}"
#: Her answers: numbers that stand nowhere else on a page.
SECRET = {"DMD01": 7, "DMD02": 3, "DMD03": 9, "DMD04": 8, "DMD05": 2, "DMD06": 4}
FIRST = TODAY + timedelta(days=1)


def staff(services: Services) -> None:
    """Carol is there already; the investigator, the sponsor, a monitor and somebody of another site join her."""
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"), display="Ines Krogh")
    staged.account(services, "sam", (Role.SPONSOR, "*"))
    staged.account(services, "mona", (Role.MONITOR, "copenhagen"))
    staged.account(services, "mallory", (Role.INVESTIGATOR, "odense"))


def keep_diary(services: Services, clock: SimulatedEnvironment, evenings: int = 3) -> Handset:
    """Evenings filled in at 19:02, the next morning has come; the last evening is without an entry."""
    handset = ready(services, ALICE)
    clock.advance(days=1, hours=11)
    for number in range(evenings):
        handset.fill_in(FIRST + timedelta(days=number), answers=SECRET)
        handset.sync()
        clock.advance(days=1)
    clock.advance(hours=18)
    handset.sync()
    services.writer.run("~", lambda connection: sweep(connection, clock.now()))
    return handset
