"""Sending what the phone holds and fetching what changed; reads as the protocol in `core/wire.py`.

One sync: present a new device id where there is one, push every chain until nothing is pending, pull until there is
no more. In the place of a record that nobody can read any more goes a text that says so. A chain of an earlier
enrolment that a restored server has forgotten is vouched for by the one in use, and then pushed. Nothing here blocks a
screen: between two short transactions it only waits for the network.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from diary_app import VERSION
from diary_app.core.enrolment_code import normalise
from diary_app.core.environment import Environment
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import DeviceState
from diary_app.core.wire import (
    CURRENT,
    ENROL_PATH,
    MAX_BATCH,
    SYNC_PATH,
    Directive,
    EnrolAnswer,
    EnrolRequest,
    Former,
    Successor,
    SyncAnswer,
    SyncRequest,
)
from diary_app.storage.contact import Contact
from diary_app.storage.diary import Diary
from diary_app.storage.installations import Chain, Installation, line_of, not_enrolled, of_last_enrolment, token_hash
from diary_app.sync import replies, trouble
from diary_app.sync.batch import fitting
from diary_app.sync.push_desk import PushDesk
from diary_app.sync.transport import ServerTooSlow, Transport

#: Of one before an enrolment: its predecessor is forgotten, or it is known already without one. Its push tells.
_OF_FORMERS = frozenset({Code.DEVICE_UNKNOWN, Code.REQUEST_INVALID})
MOST_DETOURS = 3
MOST_ROUNDS = 3


class Exchange(NamedTuple):
    """One request that was answered, and what the answer meant."""

    answer: SyncAnswer
    contact: Contact


class StartAgain(Exception):
    """Another device id is in use from here on."""


class Dialogue:
    """One phone's side of the protocol. Its methods raise what stopped them; `engine.py` decides when to try again."""

    def __init__(
        self, diary: Diary, transport: Transport, environment: Environment, desk: PushDesk | None = None
    ) -> None:
        self._diary = diary
        self._desk = desk or PushDesk()
        self._conversation = diary.conversation
        self._transport = transport
        self._environment = environment
        self._batch_limit = MAX_BATCH
        self._carried_in_time = MAX_BATCH

    async def enrol(self, code: str, server_url: str) -> Installation:
        """Turn a typed code into an installation. The device id and token are durable before they are sent.

        Raises `RequestRefused` (also for a slip of the finger, before anything is sent), `ServerUnreachable`.
        """
        code = normalise(code)
        try:
            await self._enrol(code, server_url)
        except RequestRefused as refusal:
            if refusal.code is not Code.REQUEST_INVALID:
                raise
            await self._enrol(code, server_url)  # under a fresh device id: the earlier one was used up
        installation = self._diary.installation()
        assert installation is not None
        return installation

    async def _enrol(self, code: str, server_url: str) -> None:
        owner, pending = self._diary.installation(), self._conversation.begin_enrolment()
        request = EnrolRequest(
            protocol=CURRENT.number,
            code=code,
            device=pending.device,
            token_sha256=token_hash(pending.token),
            device_clock=self._environment.now(),
            app_version=VERSION,
            participant=owner.participant if owner else "",
        )
        reply = await self._transport.post(ENROL_PATH, request.model_dump_json().encode())
        try:
            answer = replies.read(reply, EnrolAnswer)
        except RequestRefused as refusal:
            if refusal.code is Code.REQUEST_INVALID:
                self._conversation.abandon_enrolment(pending.device)
            raise
        self._conversation.complete_enrolment(pending.device, answer, server_url)

    async def exchange_all(self) -> None:
        """Push everything, then pull everything. Raises `RequestRefused`, `ServerUnreachable`, `DiaryUnavailable`.

        The last also when it went well but for records that can be sent only after the PIN (diary_locked).
        """
        self._batch_limit = MAX_BATCH
        await self._conversation.give_up_what_is_lost()
        for _ in range(MOST_ROUNDS):
            chains = self._conversation.chains()
            if not chains:
                raise not_enrolled()
            try:
                refusal = await self._introduce_new_devices(chains)
                refusal = await self._push_older_chains(chains) or refusal
                self._require_introduced(chains, refusal)
                told = await self._push_and_pull(chains[-1])
                refusal = await self._push_older_chains(chains) or refusal  # in a new epoch they wait again
            except StartAgain:
                continue
            if (stopped := told or refusal) is not None:
                raise stopped
            if self._conversation.needs_pin():
                raise trouble.pin_needed()
            return
        raise trouble.never_settled()

    # ---- the steps -------------------------------------------------------------------------------------

    async def _introduce_new_devices(self, chains: Sequence[Chain]) -> RequestRefused | None:
        """The device id that a doubtful one chose to go on with is presented under the doubtful one's token.

        One that the server does not take does not hold up the others.
        """
        by_device = {chain.device: chain for chain in chains}
        refused = None
        for chain in chains:
            if self._is_stranger(chain):
                refusal = await self._introduce(chain, by_device[chain.predecessor])
                is_left_to_vouching = refusal is not None and refusal.code in _OF_FORMERS and chain != chains[-1]
                refused = refused if is_left_to_vouching else refusal or refused
        return refused

    async def _introduce(self, chain: Chain, predecessor: Chain) -> RequestRefused | None:
        try:
            answer, _ = await self._exchange(predecessor, chain.as_successor())
        except RequestRefused as refusal:
            if refusal.retry_after is not None:
                raise
            return refusal
        if answer.directive is Directive.LOCK:  # a phone reported lost vouches for nobody
            return trouble.locked()
        self._conversation.mark_introduced(chain.device, answer.nonce)
        return None

    def _is_stranger(self, chain: Chain) -> bool:
        return bool(chain.predecessor) and not self._conversation.is_introduced(chain.device)

    def _is_recent(self, chain: Chain) -> bool:
        """Whether it belongs to the last enrolment, so that its predecessor may present it."""
        return chain.device in of_last_enrolment(self._conversation.chains())

    def _require_introduced(self, chains: Sequence[Chain], refusal: RequestRefused | None) -> None:
        """Raises the refusal when the device id in use could not be presented."""
        if refusal is not None and self._is_stranger(chains[-1]):
            raise refusal

    async def _push_older_chains(self, chains: Sequence[Chain]) -> RequestRefused | None:
        """Until each is confirmed; one that the server refuses does not hold up the others."""
        refused = None
        for chain in chains[:-1]:
            try:
                await self._push_vouched(chain, chains)
            except RequestRefused as refusal:
                if refusal.retry_after is not None:
                    raise
                refused = refusal
        return refused

    async def _push_vouched(self, chain: Chain, chains: Sequence[Chain]) -> None:
        """One of an earlier enrolment that the server has forgotten is made known to it first.

        Nothing is noted of that: whatever stops it, the next sync hears again that the chain is not known.
        """
        try:
            await self._push(chain)
        except RequestRefused as refusal:
            is_vouched_for = not (self._is_recent(chain) or self._is_stranger(chains[-1]))
            if refusal.code is not Code.DEVICE_UNKNOWN or not is_vouched_for:
                raise
            for one in line_of(chain, chains):  # also those that say nothing themselves while the diary is locked
                await self._exchange(chains[-1], former=one.as_former())
            await self._push(chain)

    async def _push(self, chain: Chain) -> None:
        patience = _Patience()
        while self._can_push(chain):
            _, contact = await self._exchange(chain)
            patience.note(contact, cursor=0)

    async def _push_and_pull(self, chain: Chain) -> RequestRefused | None:
        """At least one contact; then until nothing is pending and there is nothing more to fetch.

        Or until the server has said what stops this phone, once it has what is on this chain.
        """
        patience = _Patience()
        while True:
            answer, contact = await self._exchange(chain)
            if (told := self._obey(answer, chain)) is not None:
                return told
            if not (self._can_push(chain) or _starts_over(answer, contact) or answer.more):
                return None
            patience.note(contact, answer.cursor)

    def _can_push(self, chain: Chain) -> bool:
        """Something waits; while the diary is locked, only what was sealed to the study when it was made."""
        if self._conversation.needs_pin():
            return bool(self._conversation.outgoing(chain.device, 1).texts)
        return self._conversation.waiting(chain.device) > 0

    def _obey(self, answer: SyncAnswer, chain: Chain) -> RequestRefused | None:
        match answer.directive:
            case Directive.NEW_DEVICE:
                self._conversation.renew()
                raise StartAgain
            case Directive.LOCK if not self._conversation.waiting(chain.device):
                return trouble.locked()
            case Directive.UPDATE_APP if not self._conversation.waiting(chain.device):
                return trouble.update_needed()
        return None

    # ---- one request -----------------------------------------------------------------------------------

    async def _exchange(
        self, chain: Chain, successor: Successor | None = None, former: Former | None = None
    ) -> Exchange:
        """One round of the protocol for one chain; a batch that is too large is halved and tried again.

        One that the network does not carry in time is halved for the next sync: the same one would never arrive.
        """
        while True:
            request = self._request(chain, successor, former)
            try:
                exchange = await self._post(request, chain)
            except ServerTooSlow:
                self._carried_in_time = max(1, len(request.records) // 2)
                raise
            except RequestRefused as refusal:
                self._react(refusal, chain, len(request.records))
            else:
                self._carried_in_time = min(2 * self._carried_in_time, MAX_BATCH)
                return exchange

    def _request(self, chain: Chain, successor: Successor | None, former: Former | None) -> SyncRequest:
        limit = 0 if former else min(self._batch_limit, self._carried_in_time)  # what is older goes first
        outgoing = self._conversation.outgoing(chain.device, limit)
        batch = fitting(outgoing.texts)
        return SyncRequest(
            protocol=CURRENT.number,
            device=chain.device,
            device_clock=self._environment.now(),
            cursor=outgoing.cursor,
            epoch=outgoing.epoch,
            pending=outgoing.held - len(batch),
            head=outgoing.head,
            nonce=outgoing.nonce,
            app_version=VERSION,
            records=batch,
            successor=successor,
            former=former,
            study_sha256=outgoing.study,
            wordings=outgoing.wordings,
            push=self._desk.to_send(),
        )

    async def _post(self, request: SyncRequest, chain: Chain) -> Exchange:
        started = self._environment.monotonic()
        body = request.model_dump_json(exclude_none=True).encode()
        answer = replies.read(await self._transport.post(SYNC_PATH, body, chain.token), SyncAnswer)
        halfway = request.device_clock + timedelta(seconds=(self._environment.monotonic() - started) / 2)
        offset_ms = (answer.server_time - halfway) // timedelta(milliseconds=1)
        contact = self._conversation.apply_sync(request, answer, offset_ms)
        await self._conversation.keep_corrections(chain.device, answer)
        self._desk.heard(answer)
        if contact.disputed:
            raise trouble.disputed(contact.disputed)
        return Exchange(answer, contact)

    def _react(self, refusal: RequestRefused, chain: Chain, sent: int) -> None:
        """Make another try possible, or raise."""
        match refusal.code:
            case Code.BODY_TOO_LARGE if sent > 1:
                self._batch_limit = sent // 2
            case Code.DEVICE_UNKNOWN if self._conversation.is_introduced(chain.device) and self._is_recent(chain):
                self._conversation.mark_forgotten(chain.device)  # the server was restored; present it again
                raise StartAgain from refusal
            case _:
                raise refusal


def _starts_over(answer: SyncAnswer, contact: Contact) -> bool:
    """Whether all changes are to be asked for.

    An installation that may only push never agrees on a chain that forked: it hears of no other id to go on under.
    """
    return contact.from_zero and (answer.device_state is DeviceState.ACTIVE or not contact.rewound)


class _Patience:
    """Ends a conversation whose answers lead nowhere: starting over again and again, or nothing moving."""

    def __init__(self) -> None:
        self._detours = 0
        self._reached = (-1, -1)

    def note(self, contact: Contact, cursor: int) -> None:
        """Raises `RequestRefused` when it has been enough."""
        reached = (contact.position, cursor)
        self._detours += contact.from_zero or reached == self._reached
        self._reached = reached
        if self._detours > MOST_DETOURS:
            raise trouble.never_settled()
