"""What is known about one participant besides the entries: append-only facts, in the order they became known.

Staff facts are made on the server; a few come from the participant's own records (zone, choice, training).
Both sides fold the same facts through the same functions, so what a phone shows is what the server enforces.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from diary_app.core.correction_facts import CorrectionFact
from diary_app.core.entries import Day, Instant, ZoneName, as_instant
from diary_app.core.errors import Code, XerodiaryError
from diary_app.core.paper import InterviewEntry, PaperEntry
from diary_app.core.records import Record, RecordKind
from diary_app.core.staff_acts import StaffAct


class Status(StrEnum):
    """DOMAIN: where a participant stands in the trial. `NEVER_ACTIVATED` is derived, never set."""

    TREATMENT_STOPPED = "treatment_stopped"
    DIARY_STOPPED = "diary_stopped"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    DIED = "died"
    LOST_TO_FOLLOW_UP = "lost_to_follow_up"
    SCREEN_FAILURE = "screen_failure"
    COMPLETED = "completed"


class ExcuseReason(StrEnum):
    """Why a day may be empty without counting as missed."""

    HOSPITALISED = "hospitalised"
    TOO_ILL = "too_ill"
    DEVICE_FAILURE = "device_failure"
    SERVER_FAILURE = "server_failure"
    OTHER_AGREED = "other_agreed"


class Channel(StrEnum):
    """How a reminder reaches a participant. The address itself is contact data and in no fact.

    `PUSH`: through the browser's push service, to whatever phone the diary is on.
    """

    PUSH = "push"
    EMAIL = "email"
    SMS = "sms"


class ContactField(StrEnum):
    """What is kept of how to reach a participant."""

    EMAIL = "email"
    PHONE = "phone"


class ContactChange(StrEnum):
    """What happened to contact data; the trail never holds the data (R37)."""

    SET = "set"
    CHANGED = "changed"
    ERASED = "erased"
    CONFIRMED = "confirmed"


class AlertAction(StrEnum):
    """What was done about an alert."""

    CALLED = "called"
    WROTE = "wrote"
    NEW_CODE = "new_code"
    PHONE_REPLACED = "phone_replaced"
    CLOCK_SET = "clock_set"
    ADDRESS_CORRECTED = "address_corrected"
    LOOKED_INTO = "looked_into"
    NOTHING_NEEDED = "nothing_needed"


class DeviceState(StrEnum):
    """What the server lets an installation do: active pushes and pulls, replaced and withdrawn push, lost is locked."""

    ACTIVE = "active"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    LOST = "lost"


class _Detail(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", defer_build=True)


def _each_once(channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
    if len(set(channels)) != len(channels):
        raise ValueError("a channel is named twice")
    return channels


#: Wall time of the first prompt of an evening.
UsualTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Channels = Annotated[tuple[Channel, ...], Field(min_length=1), AfterValidator(_each_once)]


class ParticipantAdded(_Detail):
    """Typed from the trial's own list; zone, window and reminders were chosen with the participant."""

    kind: Literal["participant_added"] = "participant_added"
    site: str
    zone: ZoneName
    language: str = "da"
    choices: dict[str, str] = Field(default_factory=dict)
    usual: UsualTime | None = None
    channels: Channels | None = None


class PhoneActivated(_Detail):
    """An installation was enrolled with a code; it is the active one from here on."""

    kind: Literal["phone_activated"] = "phone_activated"
    device: str


class CodeIssued(_Detail):
    """A one-time code for a phone was made, to be used until then; the code itself is in no fact.

    `lent`: for a phone of the site's own, which is lent out.
    """

    kind: Literal["code_issued"] = "code_issued"
    until: Instant
    lent: Literal[1] | None = None


class PhoneLent(_Detail):
    """Whether that installation is on a phone of the site's own, lent out; otherwise it is the participant's."""

    kind: Literal["phone_lent"] = "phone_lent"
    device: str
    lent: Literal[0, 1]


class DeviceStateSet(_Detail):
    """An installation stopped being the active one, or is in doubt (cloned, rolled back)."""

    kind: Literal["device_state_set"] = "device_state_set"
    device: str
    state: DeviceState
    reason: str
    doubtful: Literal[0, 1] = 0


class Trained(_Detail):
    """The practice entry is done."""

    kind: Literal["training"] = "training"


class ZoneConfirmed(_Detail):
    """The participant said: my diary follows this zone from now on."""

    kind: Literal["zone"] = "zone"
    zone: ZoneName


class WindowChosen(_Detail):
    """One of the window choices that the study allows."""

    kind: Literal["choice"] = "choice"
    instrument: str
    choice: str


class RemindersChosen(_Detail):
    """When and by which channels, in this order, the participant is reminded; what is not named stays as it was.

    `stopped`: whether the participant wants no messages at all.
    """

    kind: Literal["reminders"] = "reminders"
    usual: UsualTime | None = None
    channels: Channels | None = None
    stopped: Literal[0, 1] | None = None


class ContactDetailChanged(_Detail):
    """Contact data was set, changed, erased, or confirmed after it was refused: which field, never what it says."""

    kind: Literal["contact_detail"] = "contact_detail"
    field: ContactField
    change: ContactChange


class AnchorSet(_Detail):
    """A treatment's planned or actual local date and time, or that it is not given. The latest fact counts whole."""

    kind: Literal["anchor"] = "anchor"
    anchor: str
    planned: Day | None = None
    actual: Day | None = None
    actual_time: str | None = Field(default=None, pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    not_given: Day | None = None
    reason: str | None = None


class StatusSet(_Detail):
    """A status with its effective date (for withdrawal also the instant) and coded reason."""

    kind: Literal["status"] = "status"
    status: Status
    effective: Day
    effective_at: Instant | None = None
    reason: str


class StatusRevoked(_Detail):
    """The named status fact was recorded in error or is over."""

    kind: Literal["status_revoked"] = "status_revoked"
    revokes: str
    reason: str


class EligibilityRecorded(_Detail):
    """All criteria were confirmed, or somebody is not taken in; never which criterion."""

    kind: Literal["eligibility"] = "eligibility"
    confirmed: Literal[0, 1]


class Randomised(_Detail):
    """A date, never an arm."""

    kind: Literal["randomised"] = "randomised"
    day: Day


class Excused(_Detail):
    """Site staff accept an empty day for a coded reason."""

    kind: Literal["excused"] = "excused"
    instrument: str
    diary_day: Day
    reason: ExcuseReason


class AlertAcknowledged(_Detail):
    """Somebody has seen to an alert as it stood at `since`; when it comes again it is a new one."""

    kind: Literal["alert_acknowledged"] = "alert_acknowledged"
    alert: str
    since: Instant
    action: AlertAction


Detail = Annotated[
    ParticipantAdded
    | PhoneActivated
    | CodeIssued
    | PhoneLent
    | DeviceStateSet
    | Trained
    | ZoneConfirmed
    | WindowChosen
    | RemindersChosen
    | ContactDetailChanged
    | AnchorSet
    | StatusSet
    | StatusRevoked
    | EligibilityRecorded
    | Randomised
    | Excused
    | AlertAcknowledged
    | StaffAct
    | PaperEntry
    | InterviewEntry
    | CorrectionFact,
    Field(discriminator="kind"),
]


@dataclass(frozen=True)
class Fact:
    """One fact: when it became known (UTC; server clock for staff, phone clock for the participant's own), and what.

    `revision` is its place in the server's order for this participant; 0 while only its phone knows it.
    """

    id: str
    at: datetime
    revision: int
    detail: Any


class FactInvalid(XerodiaryError):
    """A fact's body does not have the form of its kind."""


def detail_from(body: Mapping[str, Any]) -> Any:
    """Read the body of a fact. Raises `FactInvalid`."""
    try:
        return _details().validate_python(dict(body))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise FactInvalid(
            Code.FACT_INVALID, f"{where}: {first['msg']}.", "Correct the value named and record it again."
        ) from error


@cache
def _details() -> TypeAdapter[Any]:
    """Built when the first fact is read: the app's first screen needs none."""
    return TypeAdapter(Detail)


def body_of(detail: BaseModel) -> dict[str, Any]:
    """A fact's body as integers and strings, absent instead of null."""
    return detail.model_dump(mode="json", exclude_none=True)


#: Kinds of a phone's records that are facts about the schedule too; their body carries `at` beside the detail.
SCHEDULE_RECORDS = frozenset({RecordKind.ZONE, RecordKind.CHOICE, RecordKind.TRAINING})


def fact_from_record(record: Record, revision: int = 0, *, kind: str = "") -> Fact:
    """A zone, choice or training record, or another as a fact of that kind. Raises `FactInvalid`."""
    detail = detail_from({**record.body, "kind": kind or record.kind})
    try:
        at = as_instant(record.body.get("captured_at"))
    except ValueError as error:
        raise FactInvalid(
            Code.FACT_INVALID, "captured_at is not a UTC time.", "It is kept for the study team to look at."
        ) from error
    return Fact(record.id, at, revision, detail)
