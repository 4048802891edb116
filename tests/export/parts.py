"""One format written from the live database, without a whole bundle around it."""

from collections import Counter
from pathlib import Path

from diary_app.core.instruments import Instrument
from server.db.engine import reading
from server.export.content import About, Cut, CutKind, Opener
from server.export.reading import everybody, instruments_in_use
from server.export.tally import count
from server.services import Services

PROGRAM = "xerodiary 0"


def write_part(
    opener: Opener, services: Services, folder: Path, kind: CutKind = CutKind.FINAL
) -> tuple["Counter[str]", "Counter[str]"]:
    """What the format says that it wrote, and what there was."""
    folder.mkdir(parents=True)
    with reading(services.engine) as connection:
        about = about_now(services, instruments_in_use(connection, services.study), kind)
        part, there = opener(folder, about), Counter[str]()
        for person in everybody(connection, services.study, about.cut.at):
            part.add(person)
            there += count(person, about.cut)
        return part.finish(), there


def about_now(services: Services, instruments: list[Instrument], kind: CutKind) -> About:
    """A cut at this moment, of everything."""
    cut = Cut("5b0c5b5e-6f0e-4b43-9d0c-3f6f6a3b7a10", kind, services.environment.now(), "0" * 64)
    return About(services.study, services.versions, tuple(instruments), cut, PROGRAM)
