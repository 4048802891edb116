"""`xerodiary verify`: whether anything in the trail was changed, left out or cut off."""

from diary_app.core.errors import Code, CommandRefused
from server.commands.surroundings import say, services, table
from server.db.engine import reading
from server.trail.verify import verify

MOST_SHOWN = 100
HEADINGS = ("chain", "of", "at", "flaw")


def verify_trail() -> None:
    """Hash every record and fact again and follow every chain to its end; beside a running server, too."""
    with services() as opened, reading(opened.engine) as connection:
        verdict = verify(connection)
    say(f"{verdict.records} records and {verdict.facts} facts on {verdict.chains} chains, {verdict.anchors} anchors.")
    if not verdict.found:
        say("Nothing was changed, left out or cut off.")
        return
    table(HEADINGS, [(one.kind, one.chain, one.sequence, one.flaw) for one in verdict.found[:MOST_SHOWN]])
    raise CommandRefused(
        Code.TRAIL_BROKEN,
        f"The trail does not hold together at {len(verdict.found)} places.",
        "Keep this database as it is, find out who could write to it, and compare it with a backup.",
    )
