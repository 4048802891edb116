"""The protocol between a phone and the server; both ends import this file and nothing else describes it.

`POST /api/v1/enrol`: the phone has stored its device id and token durably, then sends a one-time code, the id and
the SHA-256 of the token. The same code with the same id and hash gets the same answer for 24 hours.

`POST /api/v1/sync` (header `Authorization: Bearer TOKEN`), one round:
1. the phone states its clock, cursor, epoch, chain head, its nonce, and how many records it holds beyond this batch;
2. it pushes at most `MAX_BATCH` records as verbatim texts, or, while it is locked, each as `xe1:` and an envelope
   that only the server can open (`core/sealing.py`); ids, hashes and receipts are those of the text inside;
3. the answer has a receipt for each, `have_through` (highest contiguous sequence the server holds, with its hash),
   the changes after the cursor, the next nonce and the server's clock; and, for an active installation, which licensed
   wordings may be shown, with the texts it lacks, and which visit questionnaires were answered.
A phone names an enrolled id that is refused (device_unknown) as `former` in a request of the id in use;
a restored server takes its chain from then on.
A phone pushes until nothing is pending, then pulls until `more` is false. A receipt holds only within its epoch: on a
new epoch, or when `have_through` is behind or differs, the phone sends again from there and pulls from zero.

`POST /api/v1/contact` (same header): a sign of life without records, sent by the page's service worker when a reminder
arrives. It says where the phone stood when the app last ran; it is never a complete contact and proves nothing.
Bodies are JSON, gzip both ways where it helps. Errors are an `ErrorAnswer` with a stable code.
"""

import hashlib
import zlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from diary_app.core.correction_facts import CorrectionAbout
from diary_app.core.entries import Day, Instant
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import DeviceState

API = "/api/v1"
ENROL_PATH = f"{API}/enrol"
SYNC_PATH = f"{API}/sync"
CONTACT_PATH = f"{API}/contact"
MAX_BODY_BYTES = 1024 * 1024
MAX_BATCH = 200
MOST_WORDINGS = 200
LONGEST_ENDPOINT = 2000
CLOCK_TOLERANCE_MS = 5 * 60 * 1000


@dataclass(frozen=True)
class Protocol:
    """One version of this protocol and the day it was first spoken."""

    number: int
    since: date


PROTOCOL_1 = Protocol(1, date(2026, 11, 22))
CURRENT = PROTOCOL_1
OLDEST = PROTOCOL_1

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
Count = Annotated[int, Field(ge=0, lt=2**53)]
Printable = Annotated[str, Field(pattern="^[ -~]*$")]  # what every database keeps as it is


class Directive(StrEnum):
    """What the server asks the installation to do."""

    NONE = "none"
    NEW_DEVICE = "new_device"  # clone or rollback suspected: go on under a new device id and chain
    LOCK = "lock"  # reported lost
    UPDATE_APP = "update_app"  # protocol too old: the queue was taken, nothing is pulled


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)


class ChainHead(_Message):
    """Highest sequence and its hash; sequence 0 with the genesis hash before the first record."""

    sequence: Count
    hash: Hash


class Successor(_Message):
    """The new device id and token hash with which an installation goes on."""

    device: Uuid
    token_sha256: Hash


class Former(Successor):
    """A device id of an earlier enrolment of the same diary, and the one that it followed on the phone, if any."""

    predecessor: Uuid | None = None


class FactChange(_Message):
    """A fact about the participant's schedule that this installation did not make."""

    change_no: int
    kind: str = "fact"
    id: str
    at: Instant
    body: dict[str, Any]


class DayChange(_Message):
    """The server's grade of one of the participant's diary days, with the receipt where an entry came in."""

    change_no: int
    kind: str = "day"
    instrument: str
    diary_day: Day
    state: str
    reason: str | None = None
    entry: str | None = None
    received_at: Instant | None = None


class WordingText(_Message):
    """The words of one licensed questionnaire in one language: the wording file verbatim and its SHA-256."""

    sha256: Hash
    text: str = Field(repr=False)


class Wordings(_Message):
    """The licensed wordings that may be shown now, by SHA-256, and the texts of those that the phone lacks.

    `last_days`: of those whose licence ends, so that a phone without a network stops showing them too; UTC dates.
    """

    in_use: tuple[Hash, ...] = ()
    texts: tuple[WordingText, ...] = ()
    last_days: dict[Hash, Day] = Field(default_factory=dict)


class VisitDone(_Message):
    """A visit questionnaire that the server holds an answer to, whichever phone it came from."""

    visit: str
    instrument: str
    entry: str
    received_at: Instant


class CorrectionTold(CorrectionAbout):
    """A correction that the participant is to confirm, or one that counts; nothing else that staff recorded of it.

    `approved_at`: since when it counts.
    """

    correction: Uuid
    approved: Literal[0, 1] = 0
    approved_at: Instant | None = None


class PushAddress(_Message):
    """Where a browser takes reminders while the diary is closed: endpoint and keys of its W3C PushSubscription.

    Who knows it can make this phone show a message, so it is kept like a telephone number: apart, and in no log.
    """

    endpoint: str = Field(max_length=LONGEST_ENDPOINT, repr=False)
    p256dh: Printable = Field(max_length=128, repr=False)
    auth: Printable = Field(max_length=64, repr=False)

    @property
    def fingerprint(self) -> str:
        """By which both sides know whether they mean the same one."""
        return hashlib.sha256("\n".join((self.endpoint, self.p256dh, self.auth)).encode()).hexdigest()


class EnrolRequest(_Message):
    """`code` as typed; `device_clock` is the phone's stated UTC time.

    `participant`: whose diary the phone has already, so that a letter of somebody else is not used up on it; empty for
    none. Earlier apps do not say.
    """

    protocol: int
    code: str = Field(max_length=64)
    device: Uuid
    token_sha256: Hash
    device_clock: Instant
    app_version: Printable = Field(max_length=40)
    participant: Printable = Field(default="", max_length=40)


class EnrolAnswer(_Message):
    """Everything a new installation needs to go offline for good. `facts` and `days` start at cursor zero.

    `wordings` has every text that is in use, `visits` what was answered before; both only for an active installation.
    `sealing_key`: the public key of envelopes, an uncompressed point of P-256 in URL-safe base64.
    """

    protocol: int
    participant: str
    site: str
    language: str
    study_version: str
    study_text: str
    epoch: Uuid
    nonce: str
    device_state: DeviceState
    facts: tuple[FactChange, ...]
    days: tuple[DayChange, ...]
    cursor: int
    more: bool
    wordings: Wordings = Field(default_factory=Wordings)
    visits: tuple[VisitDone, ...] = ()
    sealing_key: Printable = ""
    server_time: Instant


class SyncRequest(_Message):
    """`pending`: records held by the phone beyond those in this request. `records`: verbatim texts, by sequence.

    `study_sha256`: the study file that the phone holds; the answer carries the text of another one. `wordings`: the
    licensed wordings that it holds, by SHA-256; the answer carries the texts of others. `push`: where reminders reach
    it, sent when the last answer named another one or none. `former`: vouched for by this installation, as the server
    said that it does not know it: a restored database forgot its enrolment, and what it holds is still to be sent.
    """

    protocol: int
    device: Uuid
    device_clock: Instant
    cursor: Count
    epoch: Uuid
    pending: Count
    head: ChainHead
    nonce: Printable = Field(max_length=64)
    app_version: Printable = Field(max_length=40)
    records: tuple[str, ...] = Field(default=(), max_length=MAX_BATCH)
    successor: Successor | None = None
    former: Former | None = None
    study_sha256: str = Field(default="", max_length=64)
    wordings: tuple[Hash, ...] = Field(default=(), max_length=MOST_WORDINGS)
    push: PushAddress | None = None


class Receipt(_Message):
    """The server holds these bytes durably. `code` says why an accepted-as-kept record was refused as an entry.

    `id` and `hash` are those of the record; for text that could not be read, `id` is empty and `hash` is the SHA-256
    of the text alone.
    """

    id: str
    hash: Hash
    accepted: bool
    code: Code | None = None
    received_at: Instant


class SyncAnswer(_Message):
    """See the module. `flags` are things to show (clock_off, nonce_stale); they never change a grade.

    `corrections`: each a `CorrectionTold`, those that wait for the participant's word, then those that count, by
    approval; all in each answer to an active installation. A phone skips what it cannot read. `push_key`: the VAPID key
    for which a browser gives an address, a point of P-256 in URL-safe base64; empty for none. `push_held`: fingerprint
    of the one held. `stopped_at`: the page where all messages were stopped; empty while they come.
    """

    protocol: int
    epoch: Uuid
    receipts: tuple[Receipt, ...]
    have_through: ChainHead
    facts: tuple[FactChange, ...]
    days: tuple[DayChange, ...]
    cursor: int
    more: bool
    nonce: str
    device_state: DeviceState
    directive: Directive = Directive.NONE
    flags: tuple[Code, ...] = ()
    study_version: str
    study_text: str | None = None
    wordings: Wordings = Field(default_factory=Wordings)
    visits: tuple[VisitDone, ...] = ()
    corrections: tuple[dict[str, Any], ...] = ()
    sealing_key: Printable = ""
    push_key: Printable = ""
    push_held: Printable = ""
    stopped_at: Printable = ""
    server_time: Instant


class ContactRequest(_Message):
    """A sign of life between syncs: the head of the chain in use, and how many records wait on all of them."""

    protocol: int
    device: Uuid
    device_clock: Instant
    head: ChainHead
    pending: Count


class ContactAnswer(_Message):
    """It is noted; nothing of the participant's is in the answer."""

    protocol: int
    server_time: Instant


class ErrorAnswer(_Message):
    """A request that could not be answered; `code` is stable, `remedy` is for people, `retry_after` in seconds."""

    code: Code
    message: str
    remedy: str
    retry_after: int | None = None
    oldest_protocol: int = OLDEST.number
    newest_protocol: int = CURRENT.number


def deflate(body: bytes) -> bytes:
    """gzip, without a time stamp so that the same body gives the same bytes."""
    engine = zlib.compressobj(6, zlib.DEFLATED, 31)
    return engine.compress(body) + engine.flush()


def inflate(body: bytes, limit: int = MAX_BODY_BYTES) -> bytes:
    """Undo gzip without ever holding more than `limit` + 1 bytes.

    Raises `RequestRefused`: body_too_large for a bomb, body_not_gzip for anything that is not one whole gzip member.
    """
    engine = zlib.decompressobj(31)
    try:
        plain = engine.decompress(body, limit + 1)
    except zlib.error as error:
        raise _not_gzip() from error
    if len(plain) > limit:
        raise body_too_large()
    if not engine.eof or engine.unused_data:
        raise _not_gzip()
    return plain


def body_too_large() -> RequestRefused:
    """The error that makes a phone halve its batch."""
    return RequestRefused(
        Code.BODY_TOO_LARGE, f"The request is larger than {MAX_BODY_BYTES} bytes.", "Send fewer records at a time."
    )


def _not_gzip() -> RequestRefused:
    return RequestRefused(Code.BODY_NOT_GZIP, "The request says gzip but is not a whole gzip file.", "Send it again.")
