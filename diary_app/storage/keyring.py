"""What the PIN opens: a random data key, kept in the file under the PIN; the PIN itself is kept nowhere.

Nothing that has not been sent depends on it: every record is also sealed to the study. A forgotten PIN costs the
participant the answers they could look at on this phone, and the study nothing.
"""

from diary_app.core.environment import Environment
from diary_app.core.pins import Lock
from diary_app.core.sealing import NONCE, SALT, Cipher, DataKey, unwrap, wrap
from diary_app.core.times import format_utc
from diary_app.storage import chain, corrections, data_keys, drafts, meta
from diary_app.storage.database import Database
from diary_app.storage.meta import Name
from diary_app.storage.tries import Tries
from diary_app.storage.vault import Vault, locked

SHORTEST, LONGEST = 4, 6


class Keyring:
    """The PIN's side of the diary. A PIN has four to six digits; methods that take one raise ValueError otherwise."""

    def __init__(self, database: Database, environment: Environment, vault: Vault, cipher: Cipher) -> None:
        self._database = database
        self._environment = environment
        self._vault = vault
        self._cipher = cipher
        self._tries = Tries(database, environment)
        self._seen: bytes | None = None
        self._has_looked = False

    def lock(self) -> Lock:
        """How it stands now."""
        if self._vault.is_open:
            return Lock.OPEN
        return Lock.LOCKED if self._wrap() else Lock.NO_PIN

    def wait_seconds(self) -> int:
        """Until another try is taken; 0 when one may be made now."""
        return self._tries.wait_seconds()

    async def set_pin(self, pin: str) -> None:
        """The first PIN, or the one after a new code: begins a new data key unless the diary is open.

        Raises `DiaryUnavailable` (diary_locked) where another window has chosen one since this one looked.
        """
        key = self._vault.key or DataKey.fresh(self._environment)
        if not await self._keep(key, pin, self._seen if self._has_looked else self._wrap()):
            raise locked()
        await self._open(key)

    async def unlock(self, pin: str) -> bool:
        """Open everything; False for a wrong PIN, or while there is a wait."""
        key = await self._key_under(pin)
        if key is not None:
            await self._open(key)
        return key is not None

    async def change_pin(self, old: str, new: str) -> bool:
        """Whether the old one fits, and no other window has changed it meanwhile; from then on the new one does."""
        _check(new)
        key = await self._key_under(old)
        return key is not None and await self._keep(key, new, self._seen)

    def shut(self) -> None:
        """Forget the data key and every opened text."""
        self._vault.shut()

    async def _key_under(self, pin: str) -> DataKey | None:
        _check(pin)
        wrapped = self._wrap()
        if wrapped is None or self.wait_seconds():
            return None
        self._tries.count()
        try:
            key = await unwrap(self._cipher, wrapped, pin)
        except ValueError:
            return None
        self._tries.forget()
        return key

    async def _open(self, key: DataKey) -> None:
        if key == self._vault.key:
            return
        with self._database.reading() as connection:
            resting = [*chain.resting(connection), *drafts.resting(connection), *corrections.resting(connection)]
        await self._vault.open_with(key, [one for one in resting if key.sealed(one.content)])

    async def _keep(self, key: DataKey, pin: str, seen: bytes | None) -> bool:
        """Whether it took the place of what was seen there: nobody's key is thrown away unseen."""
        _check(pin)
        salt, nonce = self._environment.random_bytes(SALT), self._environment.random_bytes(NONCE)
        wrapped = await wrap(self._cipher, key, pin, salt, nonce)
        with self._database.writing() as connection:
            if data_keys.wrap(connection) != seen:
                return False
            data_keys.put(connection, key.id.hex(), wrapped, format_utc(self._environment.now()))
            meta.drop(connection, Name.PIN_FORGOTTEN)
        self._seen = wrapped
        self._tries.forget()
        return True

    def _wrap(self) -> bytes | None:
        with self._database.reading() as connection:
            self._seen, self._has_looked = data_keys.wrap(connection), True
        return self._seen


class OpenKeyring:
    """Of a phone that seals nothing, such as a simulated one: always open, whatever is typed."""

    def lock(self) -> Lock:
        """Open."""
        return Lock.OPEN

    def wait_seconds(self) -> int:
        """Nothing to wait for."""
        return 0

    async def set_pin(self, pin: str) -> None:
        """Nothing to set."""

    async def unlock(self, pin: str) -> bool:
        """Whatever it is."""
        return True

    async def change_pin(self, old: str, new: str) -> bool:
        """Nothing to change."""
        return True

    def shut(self) -> None:
        """It stays open."""


def _check(pin: str) -> None:
    if not (pin.isascii() and pin.isdecimal() and SHORTEST <= len(pin) <= LONGEST):
        raise ValueError(f"a PIN has {SHORTEST} to {LONGEST} digits")
