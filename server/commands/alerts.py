"""`xerodiary alerts`: what somebody should see to, and what was done about it."""

from typing import Annotated

import typer

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.facts import AlertAcknowledged, AlertAction
from server.alerts.open_alerts import Alert, Kind, open_alerts
from server.commands.surroundings import COMMAND_LINE, say, services, sites_named, table
from server.db.engine import reading
from server.intake import staff
from server.services import Services

app = typer.Typer(help="See what needs somebody, and say what was done.", no_args_is_help=True)
HEADINGS = ("alert", "participant", "site", "since (UTC)", "causes")
Site = Annotated[str | None, typer.Option(help="Id of one site; all sites when not given.")]


@app.command("list")
def list_open(site: Site = None) -> None:
    """List what nobody has seen to yet, the most pressing first."""
    with services() as opened:
        found = _open(opened, site)
    if not found:
        say("Nothing needs anybody just now.")
        return
    table(HEADINGS, [(one.kind, one.participant, one.site, one.since, one.count) for one in found])


@app.command()
def done(
    participant: Annotated[str, typer.Argument(help="Pseudonym, such as 01-007.")],
    alert: Annotated[Kind, typer.Argument(help="Which alert.")],
    action: Annotated[AlertAction, typer.Argument(help="What was done about it.")],
) -> None:
    """Say what was done about an alert as it stands; when it comes again it is listed again."""
    with services() as opened:
        stands = [one for one in _open(opened, None) if (one.participant, one.kind) == (participant, alert)]
        if not stands:
            raise CommandRefused(
                Code.NOT_FOUND, f"{participant} has no such alert.", "xerodiary alerts list names those that are open."
            )
        detail = AlertAcknowledged(alert=alert, since=stands[0].since, action=action)
        opened.writer.run(
            participant,
            lambda connection: staff.append_fact(
                connection, opened, participant, detail, author=COMMAND_LINE, at=opened.environment.now()
            ),
        )
    say("It is noted.")


def _open(opened: Services, site: str | None) -> list[Alert]:
    sites = sites_named(opened, site)
    with reading(opened.engine) as connection:
        return open_alerts(connection, sites, opened.environment.now())
