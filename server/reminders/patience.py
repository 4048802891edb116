"""Writing down what became of messages that have left: once more is what they must not be sent."""

from collections.abc import Callable

from sqlalchemy import Connection

from diary_app.core.errors import RequestRefused
from server.db.writer import LAST
from server.logs import logger
from server.services import Services

_PATIENCE = (1, 2, 4, 8, 16)
_log = logger()


def write_down(services: Services, work: Callable[[Connection], object]) -> None:
    """Do it in a transaction; a database that is away is waited for. Raises `RequestRefused` after half a minute.

    In a server that ends, too: jobs are waited for before anything in the background is told to stop.
    """
    for wait in _PATIENCE:
        try:
            services.writer.run(LAST, work)
        except RequestRefused as error:
            _log.warning("messages_not_written_down", exc_info=error)
            services.background.wait(wait)
        else:
            return
    services.writer.run(LAST, work)
