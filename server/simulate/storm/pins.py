"""PINs in a storm: quick cryptography whose chance is the phone's own, and somebody who never forgets a key.

What rests under a forgotten PIN is closed to the phone for ever. The account has to look at it all the same, to say
whether it is still there and unchanged.
"""

from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import Connection

from diary_app.core.environment import Environment
from diary_app.core.pins import Lock
from diary_app.core.records import MAX_SEQUENCE
from diary_app.core.sealing import DataKey, Pair, is_open_text, unseal, unwrap, without_waiting
from diary_app.sealing.native import NativeCipher
from diary_app.storage import chain, data_keys
from diary_app.storage.database import Database
from diary_app.storage.diary import Diary
from diary_app.storage.meta import Name
from diary_app.storage.vault import about_record

_CURVE = ec.SECP256R1()
_WRONG = "9753"
_CODE_INSTEAD = Name.PIN_FORGOTTEN.removeprefix(Name.SETTING)
#: More than are free, so that a wait follows.
WRONG_TRIES = 5


class StormCipher(NativeCipher):
    """Real cryptography without the long stretching; its key pairs come from the phone's environment."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    async def stretch(self, secret: bytes, salt: bytes, iterations: int) -> bytes:
        """See `Cipher`; one round is as good where nobody guesses."""
        return sha256(salt + secret).digest()

    async def new_pair(self) -> Pair:
        """See `Cipher`."""
        number = int.from_bytes(self._environment.random_bytes(32)) % (2**255) + 1
        private = ec.derive_private_key(number, _CURVE)
        return Pair(
            private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
            private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
        )


@dataclass
class PinMemory:
    """What a person knows of one phone's PIN, and what the account knows of all that were ever chosen there.

    `keys`: by the wrap that held them.
    """

    cipher: StormCipher
    chosen: list[str] = field(default_factory=list)
    forgotten: set[str] = field(default_factory=set)
    keys: dict[bytes, DataKey] = field(default_factory=dict)

    def copied(self, cipher: StormCipher) -> "PinMemory":
        """Of a phone onto which this one was copied."""
        return PinMemory(cipher, list(self.chosen), set(self.forgotten), dict(self.keys))

    def forget(self, diary: Diary) -> None:
        """The app locked itself, and nothing that is typed fits any more."""
        diary.keyring.shut()
        self.forgotten |= set(self.chosen)
        for _ in range(WRONG_TRIES):
            without_waiting(diary.keyring.unlock(_WRONG))

    def change(self, diary: Diary, database: Database) -> None:
        """Another one instead of the one in use, which fits as long as nobody else changes it meanwhile."""
        old, new = self.chosen[-1], f"{2580 + len(self.chosen)}"
        if without_waiting(diary.keyring.change_pin(old, new)):
            self.chosen.append(new)
            with database.reading() as connection:
                self._learn(connection)

    def open(self, diary: Diary, database: Database) -> bool:
        """Whether the diary lies open: typed where it is known, chosen where the app asks for a new one."""
        lock = diary.keyring.lock()
        if lock is Lock.OPEN:
            return True
        if lock is Lock.NO_PIN or diary.setting(_CODE_INSTEAD):  # a new code stands for a forgotten one
            self._choose(diary, database)
            return True
        known = [pin for pin in self.chosen[-1:] if pin not in self.forgotten]
        return any(without_waiting(diary.keyring.unlock(pin)) for pin in known)

    def texts(self, connection: Connection, devices: list[str]) -> dict[str, str]:
        """Id and text of every record on those chains, whatever PIN it lies under."""
        self._learn(connection)
        links = [link for device in devices for link in chain.links_after(connection, device, 0, MAX_SEQUENCE)]
        return {link.id: self._read(link.id, link.content) for link in links}

    def _choose(self, diary: Diary, database: Database) -> None:
        pin = f"{2580 + len(self.chosen)}"
        self.chosen.append(pin)
        without_waiting(diary.keyring.set_pin(pin))
        with database.reading() as connection:
            self._learn(connection)

    def _read(self, record: str, content: bytes) -> str:
        if is_open_text(content):
            return content.decode()
        key = next(key for key in self.keys.values() if key.sealed(content))
        return without_waiting(unseal(self.cipher, key, content, about_record(record)))

    def _learn(self, connection: Connection) -> None:
        wrapped = data_keys.wrap(connection)
        if wrapped is None or wrapped in self.keys:
            return
        for pin in self.chosen:
            try:
                self.keys[wrapped] = without_waiting(unwrap(self.cipher, wrapped, pin))
            except ValueError:
                continue
