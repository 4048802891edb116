"""What kills an app in a storm: its files are taken as they lie at a storage step, and nothing in it survives."""

from pathlib import Path

from sqlalchemy import Engine, event

from server.simulate.storm.power import copy_images

_EVENTS = ("begin", "before_cursor_execute", "commit")


class PhoneKilled(BaseException):
    """The app is gone; nothing in it may survive that."""


class Fuse:
    """Counts storage steps down, takes the files as they lie at that moment, and kills."""

    def __init__(self, engine: Engine, steps: int, file: Path, images: Path) -> None:
        self._engine, self._steps, self._file, self._images = engine, steps, file, images
        for name in _EVENTS:
            event.listen(engine, name, self._step)

    def put_out(self) -> None:
        """Stop counting."""
        for name in _EVENTS:
            event.remove(self._engine, name, self._step)

    def _step(self, *_: object) -> None:
        self._steps -= 1
        if self._steps == 0:
            copy_images(self._file, self._images)
            raise PhoneKilled
