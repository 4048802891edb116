"""The sync engine's side of the diary: what to send for each chain, and what an answer changes, one transaction each.

Receipts and positions hold within an epoch. On a new epoch, or when the server holds less of a chain or something
else, everything after its `have_through` is sent again and changes are asked for from zero.
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from diary_app.core.environment import Environment
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.facts import DeviceState
from diary_app.core.records import MAX_SEQUENCE, Record, record_in
from diary_app.core.sealing import is_open_text
from diary_app.core.times import format_utc
from diary_app.core.wire import ChainHead, Directive, EnrolAnswer, Receipt, Successor, SyncAnswer, SyncRequest
from diary_app.storage import chain, corrections, data_keys, installations, meta, told, visits
from diary_app.storage.chain import Link
from diary_app.storage.contact import Contact, read_contact
from diary_app.storage.database import Database
from diary_app.storage.installations import Chain, PendingEnrolment
from diary_app.storage.meta import Name
from diary_app.storage.vault import Resting, Vault, about_record


@dataclass(frozen=True)
class Outgoing:
    """What a request about one chain states. `held`: records beyond the confirmed ones, other chains' included.

    `texts`: records as a request carries them, by sequence, up to the first that cannot be sent while locked. `study`:
    SHA-256 of the study file in use.
    """

    texts: tuple[str, ...]
    held: int
    head: ChainHead
    nonce: str
    epoch: str
    cursor: int
    study: str
    wordings: tuple[str, ...]


class Conversation:
    """Where the phone stands with the server; every change is durable on return."""

    def __init__(self, database: Database, environment: Environment, vault: Vault) -> None:
        self._database = database
        self._environment = environment
        self._vault = vault

    # ---- identity --------------------------------------------------------------------------------------

    def begin_enrolment(self) -> PendingEnrolment:
        """Device id and token to enrol with, durable before they are sent, the same until `complete_enrolment`."""
        with self._database.writing() as connection:
            return installations.begin(connection, self._fresh_identity(), self._stamp())

    def complete_enrolment(self, device: str, answer: EnrolAnswer, server_url: str) -> None:
        """Take in everything the server gave; the code also stands for the PIN of a diary that is locked.

        Raises `DiaryUnavailable` when the diary is somebody else's.
        """
        with self._database.writing() as connection:
            owner = installations.participant(connection)
            if owner not in (None, answer.participant):
                raise _another_participant()
            installations.complete(connection, device, answer, server_url, self._stamp())
            study = told.add_study(connection, answer.study_version, answer.study_text)
            learned: dict[str, str] = {
                Name.EPOCH: answer.epoch, Name.STUDY: study, Name.DEVICE_STATE: answer.device_state.value,
                Name.SEALING_KEY: answer.sealing_key,
            }  # fmt: skip
            if answer.device_state is DeviceState.ACTIVE:
                learned |= visits.take(connection, answer)
            if not self._vault.is_open and data_keys.wrap(connection) is not None:
                learned[Name.PIN_FORGOTTEN] = "yes"  # here, as an app that is killed now must not ask for another code
            meta.put_all(connection, learned | _take_changes(connection, answer))

    def abandon_enrolment(self, device: str) -> None:
        """The server will not enrol this device id any more: the next try begins with a fresh one."""
        with self._database.writing() as connection:
            meta.put(connection, Name.ABANDONED, "1", device)

    def chains(self) -> tuple[Chain, ...]:
        """Every device id that may hold records, oldest first; the last one is in use."""
        with self._database.reading() as connection:
            return installations.chains(connection)

    def renew(self) -> Successor:
        """Go on under a new device id and an empty chain, durable on return; the old chain is still sent."""
        with self._database.writing() as connection:
            return installations.succeed(connection, self._fresh_identity(), self._stamp()).as_successor()

    def is_introduced(self, device: str) -> bool:
        """Whether its predecessor has presented this device id to the server."""
        with self._database.reading() as connection:
            return meta.get(connection, Name.INTRODUCED, device) is not None

    def mark_introduced(self, device: str, nonce: str) -> None:
        """The server knows this device id, and gave the nonce to begin with."""
        with self._database.writing() as connection:
            meta.put(connection, Name.INTRODUCED, "1", device)
            meta.put(connection, Name.NONCE_OF, nonce, device)

    def mark_forgotten(self, device: str) -> None:
        """The server does not know this device id: its predecessor is to present it again."""
        with self._database.writing() as connection:
            meta.drop(connection, Name.INTRODUCED, device)

    # ---- what to send ----------------------------------------------------------------------------------

    def outgoing(self, device: str, limit: int) -> Outgoing:
        """What the next request about that chain has to state, with at most `limit` records."""
        with self._database.reading() as connection:
            kept = meta.get_all(connection)
            position = _position(kept, device)
            links = chain.links_after(connection, device, position, limit)
            others = [one.device for one in installations.chains(connection) if one.device != device]
            return Outgoing(
                texts=tuple(self._sendable(links)),
                held=(len(links) if len(links) < limit else chain.count_after(connection, device, position))
                + sum(_unsent(connection, kept, other) for other in others),
                head=chain.head(connection, device),
                nonce=kept.get(Name.NONCE_OF + device, ""),
                epoch=kept.get(Name.EPOCH, ""),
                cursor=int(kept.get(Name.CURSOR, 0)),
                study=kept.get(Name.STUDY, ""),
                wordings=visits.held(connection),
            )

    async def give_up_what_is_lost(self) -> None:
        """Find what waits and can be read by nobody any more, here or at the study, so that the rest need not wait.

        While the diary is locked nothing is given up: the PIN may open it.
        """
        if not self._vault.is_open:
            return
        closed = [link for one in self.chains() for link in self.unconfirmed(one.device) if self._text(link) is None]
        with self._database.reading() as connection:
            is_final = bool(closed) and data_keys.is_in_use(connection, self._vault)
        if is_final:
            await self._vault.try_once_more(Resting(link.content, about_record(link.id)) for link in closed)

    def unconfirmed(self, device: str) -> list[Link]:
        """The records of that chain that the server has not confirmed in the current epoch, by sequence."""
        with self._database.reading() as connection:
            position = _position(meta.get_all(connection), device)
            return chain.links_after(connection, device, position, MAX_SEQUENCE)

    def check(self) -> None:
        """See `Database.check`."""
        self._database.check()

    def salvaged(self, device: str) -> tuple[list[Link], int]:
        """As `unconfirmed`, with what a damaged file still gives, and how many are missing.

        Where it no longer says what the server has, all of the chain: the server knows its own again.
        """
        with self._database.past_damage() as connection:
            try:
                position = _position(meta.get_all(connection), device)
            except DatabaseError:
                position = 0
            return chain.salvaged_after(connection, device, position)

    def needs_pin(self) -> bool:
        """The diary is locked, and something waits that was made before the study's key was known."""
        if self._vault.is_open:
            return False
        waiting = (link for one in self.chains() for link in self.unconfirmed(one.device))
        return any(self._vault.sendable(link.content, link.envelope) is None for link in waiting)

    def sealing_key(self) -> str:
        """The study's public key; empty before the server named it."""
        with self._database.reading() as connection:
            return meta.get(connection, Name.SEALING_KEY) or ""

    def head(self, device: str) -> ChainHead:
        """Where that chain ends."""
        with self._database.reading() as connection:
            return chain.head(connection, device)

    def records_after(self, device: str, sequence: int, limit: int) -> list[Record]:
        """At most `limit` records of that chain that can be read, by sequence."""
        with self._database.reading() as connection:
            contents = chain.contents_after(connection, device, sequence, limit)
        return self._vault.records(contents)

    def waiting(self, device: str | None = None) -> int:
        """Records that the server has not confirmed in the current epoch; of one chain, or of all."""
        with self._database.reading() as connection:
            devices = [device] if device else [one.device for one in installations.chains(connection)]
            kept = meta.get_all(connection)
            return sum(_unsent(connection, kept, one) for one in devices)

    def days_waiting(self) -> int:
        """Days whose answers are among those: an evening that was corrected twice is one."""
        with self._database.reading() as connection:
            kept = meta.get_all(connection)
            epoch, chains = kept.get(Name.EPOCH, ""), installations.chains(connection)
            found = (
                chain.days_without_receipt(connection, one.device, epoch, after=_position(kept, one.device))
                for one in chains
            )
            return len(frozenset().union(*found))

    def receipts(self) -> dict[str, Receipt]:
        """Record id -> receipt in the current epoch."""
        with self._database.reading() as connection:
            return chain.receipts(connection, meta.get(connection, Name.EPOCH) or "")

    # ---- what an answer changes ------------------------------------------------------------------------

    def apply_sync(self, request: SyncRequest, answer: SyncAnswer, clock_offset_ms: int) -> Contact:
        """Take in the answer to that request. `clock_offset_ms`: server time minus this phone's, as measured."""
        with self._database.writing() as connection:
            base = _position(meta.get_all(connection), request.device)
            sent = chain.links_after(connection, request.device, base, len(request.records))
            hash_at = partial(chain.hash_at, connection, request.device)
            is_short = answer.have_through.sequence < base
            broken_at = chain.broken_at(connection, request.device, answer.epoch) if is_short else None
            contact = read_contact(request, answer, sent, base, hash_at, broken_at)
            chain.add_receipts(connection, answer.epoch, contact.receipts)
            kept: dict[str, str] = {
                Name.EPOCH: answer.epoch,
                Name.HAVE_OF + request.device: f"{answer.epoch} {contact.position}",
                Name.NONCE_OF + request.device: answer.nonce,
                Name.CLOCK_OFFSET: str(clock_offset_ms),
                Name.LAST_CONTACT: self._stamp(),
            }
            if answer.sealing_key:
                kept[Name.SEALING_KEY] = answer.sealing_key
            if contact.from_zero:
                kept[Name.CURSOR] = "0"
            is_in_use = request.device == installations.chains(connection)[-1].device
            if is_in_use:
                kept |= _take_standing(connection, answer, contact)
            if request.records and not (is_in_use and _is_whole(answer)):
                kept[Name.GRADES_AWAITED] = "1"  # this answer has no changes: they come with the chain in use
            meta.put_all(connection, kept)
        return contact

    async def keep_corrections(self, device: str, answer: SyncAnswer) -> None:
        """Sealed, as they hold answers; what comes while the diary is locked comes again with the next answer."""
        with self._database.reading() as connection:
            in_use = installations.chains(connection)[-1].device
            kept = corrections.content_of(connection)
        text = corrections.written(answer.corrections)
        known = corrections.written(()) if kept is None else self._vault.known(kept)
        heard = device == in_use and _is_whole(answer)
        if not heard or text == known or not self._vault.is_open:
            return
        content = await self._vault.seal(text, corrections.ABOUT)
        with self._database.writing() as connection:
            corrections.put(connection, content)

    # ---- inside ----------------------------------------------------------------------------------------

    def _sendable(self, links: Iterable[Link]) -> Iterator[str]:
        for one in links:
            text = self._text(one)
            if text is None and self._vault.is_lost(one.content):
                text = chain.stand_in(one)
            if text is None:
                return
            yield text

    def _text(self, link: Link) -> str | None:
        """As a request carries it. What is sealed is told whole by being opened, and what is not by its hash."""
        text = self._vault.sendable(link.content, link.envelope)
        if text is None or not is_open_text(link.content):
            return text
        record = record_in(link.content)
        return text if record is not None and record.hash == link.hash else None

    def _fresh_identity(self) -> PendingEnrolment:
        token = urlsafe_b64encode(self._environment.random_bytes(32)).decode().rstrip("=")
        return PendingEnrolment(self._environment.new_id(), token)

    def _stamp(self) -> str:
        return format_utc(self._environment.now())


def _position(kept: Mapping[str, str], device: str) -> int:
    epoch, _, sequence = kept.get(Name.HAVE_OF + device, "").partition(" ")
    return int(sequence) if sequence.isdecimal() and epoch == kept.get(Name.EPOCH) else 0  # else it is damaged


def _unsent(connection: Connection, kept: Mapping[str, str], device: str) -> int:
    return chain.without_receipt(connection, device, kept.get(Name.EPOCH, ""), after=_position(kept, device))


def _take_standing(connection: Connection, answer: SyncAnswer, contact: Contact) -> dict[str, str]:
    """What to keep of the answer, by name."""
    learned: dict[str, str] = {Name.DEVICE_STATE: answer.device_state}
    if not _is_whole(answer):
        return learned
    if answer.study_text is not None:
        learned[Name.STUDY] = told.add_study(connection, answer.study_version, answer.study_text)
    learned |= visits.take(connection, answer) | {Name.STOPPED_AT: answer.stopped_at}
    if not contact.from_zero:
        learned |= _take_changes(connection, answer)
    return learned


def _is_whole(answer: SyncAnswer) -> bool:
    """Whether it says everything, so that what it leaves out is gone. An app that is too old keeps what it knows."""
    return answer.device_state is DeviceState.ACTIVE and answer.directive is not Directive.UPDATE_APP


def _take_changes(connection: Connection, answer: SyncAnswer | EnrolAnswer) -> dict[str, str]:
    """How far the changes are known now, by name."""
    told.add_facts(connection, answer.epoch, answer.facts)
    told.put_days(connection, answer.epoch, answer.days)
    if answer.more:
        return {Name.CURSOR: str(answer.cursor)}
    told.drop_days_of_other_epochs(connection, answer.epoch)
    return {Name.CURSOR: str(answer.cursor), Name.SHOWN_EPOCH: answer.epoch, Name.GRADES_AWAITED: ""}


def _another_participant() -> DiaryUnavailable:
    return DiaryUnavailable(
        Code.WRONG_PARTICIPANT,
        "This phone holds another participant's diary.",
        "Use the code that belongs to this diary, or another phone.",
    )
