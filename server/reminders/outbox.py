"""Messages written into a folder instead of being sent: for the demonstration and for trying things out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.reminders.channel import Letter, NotSent, Outcome, Sent, Trouble
from server.secret_files import make_folder


@dataclass(frozen=True)
class Outbox:
    """One file a message, without the address."""

    folder: Path
    channel: str

    @contextmanager
    def session(self) -> Iterator["Outbox"]:
        """See `Channel.session`."""
        yield self

    def send(self, letter: Letter) -> Outcome:
        """See `Session.send`."""
        name = f"{letter.at:%Y%m%dT%H%M%S}-{self.channel}-{letter.mark[:8]}.txt"
        text = f"Channel: {self.channel}\nFrom: {letter.sender}\nSubject: {letter.subject}\n\n{letter.text}"
        try:
            make_folder(self.folder)
            (self.folder / name).write_text(text, encoding="utf-8")
        except OSError:
            return NotSent(Trouble.NOT_WRITTEN)
        return Sent(name.removesuffix(".txt"))
