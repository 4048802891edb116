"""Texts as they rest in the file: sealed before the transaction that stores them, opened all at once by the PIN.

The browser's cryptography answers later, so nothing is opened while a screen reads: `open_with` opens everything under
a data key, and what is read comes from memory until `shut`. Without a cipher (a simulated phone, which has no PIN)
the text itself rests in the file.
"""

from collections.abc import Iterable
from typing import NamedTuple

from diary_app.core import sealing
from diary_app.core.environment import Environment
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.records import Record, parse
from diary_app.core.sealing import NONCE, Cipher, DataKey, is_open_text


class Resting(NamedTuple):
    """Bytes in the file and what their text is about; both are authenticated together."""

    content: bytes
    about: str


def about_record(record: str) -> str:
    """What the text of that record is about."""
    return f"record:{record}"


def about_draft(instrument: str, day: str) -> str:
    """What the draft of that diary day is about."""
    return f"draft:{instrument}:{day}"


class Vault:
    """Seals, and remembers what is open. One data key at a time; texts under an earlier one are not read again."""

    def __init__(self, environment: Environment, cipher: Cipher | None = None) -> None:
        self._environment = environment
        self._cipher = cipher
        self._key: DataKey | None = None
        self._texts: dict[bytes, str] = {}
        self._lost: set[bytes] = set()

    @property
    def key(self) -> DataKey | None:
        """The data key while the vault is open."""
        return self._key

    @property
    def is_open(self) -> bool:
        """Whether texts can be sealed and read."""
        return self._cipher is None or self._key is not None

    @property
    def seals(self) -> bool:
        """Whether anything is sealed here; not on a simulated phone."""
        return self._cipher is not None

    async def seal(self, text: str, about: str) -> bytes:
        """The bytes to store. Raises `DiaryUnavailable` (diary_locked)."""
        if self._cipher is None:
            return text.encode()
        key = self._key
        if key is None:
            raise locked()
        content = await sealing.seal(self._cipher, key, self._environment.random_bytes(NONCE), text, about)
        if self._key is key:  # it may have been shut meanwhile
            self._texts[content] = text
        return content

    async def seal_to_study(self, text: str, study: str) -> bytes | None:
        """An envelope for the study's public key (base64); None for a simulated phone, or while there is no key."""
        if self._cipher is None or not study:
            return None
        nonce = self._environment.random_bytes(NONCE)
        return await sealing.seal_to_study(self._cipher, sealing.from_base64(study), nonce, text)

    async def open_with(self, key: DataKey, resting: Iterable[Resting]) -> None:
        """Open everything under that key. What is under another one, or damaged, stays closed."""
        assert self._cipher is not None
        opened: dict[bytes, str] = {}
        for content, about in resting:
            try:
                opened[content] = await sealing.unseal(self._cipher, key, content, about)
            except ValueError:
                continue
        self._key, self._texts, self._lost = key, opened, set()

    async def try_once_more(self, resting: Iterable[Resting]) -> None:
        """Texts that are not known here: those that another window has sealed are, afterwards; others are lost.

        For a vault whose key is the one in use: what it does not open then, damaged or under a key that is gone,
        nothing ever opens.
        """
        key = self._key
        for content, about in resting:
            text = await self._opened(key, content, about)
            if self._key is not key:  # it may have been shut meanwhile
                return
            if text is None:
                self._lost.add(content)
            else:
                self._texts[content] = text

    async def _opened(self, key: DataKey | None, content: bytes, about: str) -> str | None:
        if self._cipher is None or key is None:
            return None
        try:
            return await sealing.unseal(self._cipher, key, content, about)
        except ValueError:
            return None

    def is_lost(self, content: bytes) -> bool:
        """Nobody reads it any more."""
        return content in self._lost

    def shut(self) -> None:
        """Forget the key and every opened text."""
        self._key, self._texts, self._lost = None, {}, set()

    def text(self, content: bytes) -> str | None:
        """What was sealed; None when it is under a key that is gone. Raises `DiaryUnavailable` (diary_locked)."""
        if not self.is_open and not is_open_text(content):
            raise locked()
        return self.known(content)

    def record(self, content: bytes) -> Record | None:
        """The record in these bytes; see `text`."""
        text = self.text(content)
        return None if text is None else parse(text)

    def records(self, contents: Iterable[bytes]) -> list[Record]:
        """Those that can be read."""
        return [record for content in contents if (record := self.record(content))]

    def sendable(self, content: bytes, envelope: bytes | None) -> str | None:
        """The record as a request carries it: as it was written where that is known, else sealed to the study.

        None when it is neither: made before the study's key was known, or its envelope is damaged, and locked.
        """
        return self.known(content) or (sealing.as_text(envelope) if sealing.is_envelope(envelope) else None)

    def known(self, content: bytes) -> str | None:
        """The text where it can be read now."""
        return _plain(content) if is_open_text(content) else self._texts.get(content)


def _plain(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:  # damaged
        return None


def locked() -> DiaryUnavailable:
    """What is said to whoever wants to read or write while the diary is locked."""
    return DiaryUnavailable(Code.DIARY_LOCKED, "The diary is locked.", "Type the PIN; what is filled in is kept.")
