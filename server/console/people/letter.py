"""The message that carries an invitation: it names the study as participants know it, and nothing of health."""

from diary_app.core.facts import Channel
from diary_app.resources import catalogue
from server.access.invitations import Invited
from server.console.dates import Calendar
from server.logs import logger
from server.reminders.channel import Letter, NotSent
from server.reminders.channels import channel_of
from server.reminders.routes import usable
from server.services import Services
from server.study_words import DOMAIN

_log = logger()


def can_be_mailed(services: Services) -> bool:
    """Whether this server sends e-mail."""
    return Channel.EMAIL in usable(services.settings).channels


def mail(services: Services, invited: Invited) -> bool:
    """Send the link to the account's address; whether the mail server took it."""
    account = invited.account
    if not account.email or not can_be_mailed(services):
        return False
    names, now = services.study.display_name, services.environment.now()
    spoken = account.language if account.language in names else services.study.languages[0]
    say, zone = catalogue(spoken, DOMAIN).text, services.study.sites[0].zone
    until = Calendar(spoken, zone, now.date()).moment(invited.until)
    lines = (
        say("Open this link to choose your password. It works once, until {moment}.", moment=until),
        invited.link(services),
        say("If you did not expect this message, delete it."),
    )
    letter = Letter(
        account.email, services.environment.random_bytes(16).hex(), say("Your log-in"),
        "\n\n".join(lines) + "\n", names[spoken], now,
    )  # fmt: skip
    with channel_of(services, Channel.EMAIL).session() as session:
        outcome = session.send(letter)
    if isinstance(outcome, NotSent):
        _log.warning("invitation_not_sent", account=account.id, trouble=outcome.trouble)
    return not isinstance(outcome, NotSent)
