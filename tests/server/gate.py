"""Holding up a writer until the test has put into its queue what it wants to see together."""

import threading

from sqlalchemy import Connection

#: Seconds; a busy machine may need some of them, and no test waits for all.
PATIENCE = 60


class Gate:
    """A work that holds up the writer's thread until it is let through."""

    def __init__(self) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()

    def __call__(self, connection: Connection) -> None:
        self.entered.set()
        assert self.opened.wait(PATIENCE)
