"""A process of its own that changes one participant's schedule again and again; run by `test_cursor_order`."""

import sys
from pathlib import Path

from diary_app.core.environment import SystemEnvironment
from diary_app.core.facts import WindowChosen
from server.services import open_services
from server.settings import Settings
from tests.server.handset import DMD, record_fact

CHOICES = ("evening", "early_evening")


def write(url: str, folder: Path, participant: str, times: int, first: int) -> None:
    services = open_services(Settings(database_url=url, var_folder=folder), SystemEnvironment(), threaded=True)
    for number in range(first, first + times):
        record_fact(services, participant, WindowChosen(instrument=DMD, choice=CHOICES[number % 2]))
    services.close()


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
