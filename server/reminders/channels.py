"""The channels of one server, as its settings set them up."""

from diary_app.core.facts import Channel as Name
from server.reminders.channel import Channel
from server.reminders.outbox import Outbox
from server.reminders.smtp import Smtp
from server.settings import Settings

OUTBOX = "outbox"


def channel_of(settings: Settings, name: Name) -> Channel:
    """The way to people that goes by this name here."""
    if settings.outbox:
        return Outbox(settings.var_folder / OUTBOX, name.value)
    if name is Name.EMAIL:
        return Smtp(settings)
    from server.reminders.gateway import Gateway  # noqa: PLC0415 - Apprise takes half a second to load

    return Gateway(settings)
