"""Installation qualification: the checks of one server, in order. Nothing in the live database is changed."""

from collections.abc import Iterator
from dataclasses import dataclass

from diary_app.core.environment import Environment
from server.qualify import files, live_database, surroundings, ways_out
from server.qualify.finding import Finding
from server.settings import Settings


@dataclass(frozen=True)
class Asked:
    """Whom a test message may be sent to; empty: nobody."""

    mail_to: str = ""
    sms_to: str = ""


def installation(settings: Settings, environment: Environment, asked: Asked) -> Iterator[Finding]:
    """Every check; each is made when it is asked for."""
    yield from surroundings.versions()
    yield files.integrity()
    yield from surroundings.sane(settings)
    yield from surroundings.study(settings)
    yield from surroundings.room(settings)
    yield from files.permissions(settings)
    yield from live_database.database(settings, environment)
    yield surroundings.time_server()
    yield from ways_out.address(settings, environment)
    yield from ways_out.messages(settings, environment, mail_to=asked.mail_to, sms_to=asked.sms_to)
    yield from ways_out.backups(settings, environment)
