"""`xerodiary alerts`: what somebody should see to, and what was done about it."""

from typing import Annotated

import typer
from sqlalchemy import Connection

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.facts import AlertAcknowledged, AlertAction
from server.alerts.house_alerts import acknowledge, house_alerts
from server.alerts.open_alerts import Alert, Kind, open_alerts
from server.commands.surroundings import COMMAND_LINE, say, services, sites_named, table
from server.db.engine import reading
from server.db.site_facts import EVERYWHERE
from server.intake import staff
from server.services import Services

app = typer.Typer(help="See what needs somebody, and say what was done.", no_args_is_help=True)
HEADINGS = ("alert", "participant", "site", "since (UTC)", "causes")
Site = Annotated[str | None, typer.Option(help="Id of one site; all sites when not given.")]


@app.command("list")
def list_open(site: Site = None) -> None:
    """List what nobody has seen to yet, the most pressing first; * is the server itself."""
    with services() as opened:
        found = _open(opened, site)
    if not found:
        say("Nothing needs attention just now.")
        return
    table(HEADINGS, [(one.kind, one.participant, one.site, one.since, one.count) for one in found])


@app.command()
def done(
    participant: Annotated[str, typer.Argument(help="Pseudonym, such as 01-007, or * for the server itself.")],
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
        opened.writer.run(participant, lambda connection: _note(connection, opened, stands[0], action))
    say("It is noted.")


def _note(connection: Connection, opened: Services, alert: Alert, action: AlertAction) -> None:
    if alert.participant == EVERYWHERE:
        acknowledge(connection, alert, action, author=COMMAND_LINE, environment=opened.environment)
        return
    detail = AlertAcknowledged(alert=alert.kind, since=alert.since, action=action)
    staff.append_fact(connection, opened, alert.participant, detail, author=COMMAND_LINE, at=opened.environment.now())


def _open(opened: Services, site: str | None) -> list[Alert]:
    sites = sites_named(opened, site)
    with reading(opened.engine) as connection:
        now, wanted = opened.environment.now(), opened.settings.backup_folder is not None
        return [
            *house_alerts(connection, now, backups_wanted=wanted),
            *open_alerts(connection, opened.study, sites, now),
        ]
