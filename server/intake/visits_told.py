"""What a phone hears about visit questionnaires: the words that it may show, and what was answered already."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.wire import VisitDone, Wordings
from server.intake.visits import visits_done
from server.services import Services


@dataclass(frozen=True)
class VisitsTold:
    """Both together, as they go into an answer."""

    wordings: Wordings
    done: tuple[VisitDone, ...]


#: For an installation that may only push.
NOTHING = VisitsTold(Wordings(), ())


def of_visits(
    connection: Connection, services: Services, participant: str, held: Collection[str], now: datetime
) -> VisitsTold:
    """For an active installation that holds these wordings."""
    return VisitsTold(
        services.licensed.wordings(services.study, held, now.date()),
        visits_done(connection, services.study, participant),
    )
