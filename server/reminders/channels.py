"""The channels of one server, as its settings set them up."""

from diary_app.core.facts import Channel as Name
from server.reminders.channel import Channel
from server.reminders.outbox import Outbox
from server.reminders.smtp import Smtp
from server.services import Services

OUTBOX = "outbox"


def channel_of(services: Services, name: Name) -> Channel:
    """The way to people that goes by this name here."""
    settings = services.settings
    if settings.outbox:
        return Outbox(settings.var_folder / OUTBOX, name.value)
    if name is Name.EMAIL:
        return Smtp(settings)
    if name is Name.PUSH:
        from server.reminders.web_push import WebPush  # noqa: PLC0415 - half a second to load, for whom it is set up

        return WebPush(settings, services.push)
    from server.reminders.gateway import Gateway  # noqa: PLC0415 - the same

    return Gateway(settings)
