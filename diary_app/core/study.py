"""A study file: everything that differs from one trial to the next, parsed into frozen, validated values.

Wall times are minutes after local midnight of the diary day; a window may run into the next day.
"""

import hashlib
import re
from datetime import date
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from diary_app.core.entries import ZoneName
from diary_app.core.errors import Code
from diary_app.core.tomlfile import TomlFile

_WALL = re.compile(r"^(\+1 )?([01]\d|2[0-3]):([0-5]\d)$")


def wall_minutes(text: Any) -> int:
    """`18:00` -> 1080; `+1 03:00` (the next day) -> 1620. Raises ValueError."""
    match = _WALL.match(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("write a wall time as 18:00, or +1 03:00 for the next day")
    return (1440 if match[1] else 0) + int(match[2]) * 60 + int(match[3])


WallMinutes = Annotated[int, BeforeValidator(wall_minutes)]


def _identifier(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", value):
        raise ValueError("use 1 to 40 of a-z, 0-9, - and _, starting with a letter or digit")
    return value


Identifier = Annotated[str, AfterValidator(_identifier)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Approvals(_Frozen):
    """Until all three are named the study is a demonstration."""

    protocol_version: str = ""
    ethics_reference: str = ""
    dpia_reference: str = ""

    @property
    def complete(self) -> bool:
        """Protocol version, ethics/CTIS and DPIA references are all given."""
        return bool(self.protocol_version and self.ethics_reference and self.dpia_reference)


class Contact(_Frozen):
    """Whom a participant calls; kept on the phone for when there is no network."""

    phone: str
    hours: dict[str, str]


class Site(_Frozen):
    """One hospital department that enrols participants."""

    id: Identifier
    number: str = Field(pattern=r"^[0-9A-Za-z]{1,8}$")
    name: str
    zone: ZoneName
    contact: Contact


class AnchorRule(_Frozen):
    """A moment that diary days are counted from, such as a treatment."""

    id: Identifier
    label: dict[str, str]


class WindowRule(_Frozen):
    """One window that a participant may have. `late_until = closes` forbids late entry."""

    id: Identifier
    opens: WallMinutes
    closes: WallMinutes
    late_until: WallMinutes

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.opens < self.closes <= self.late_until:
            raise ValueError("a window must open before it closes, and late_until must not be before closes")
        if self.late_until > self.opens + 1440:
            raise ValueError("a window must end before the next one of the same choice opens")
        return self


class DiaryRule(_Frozen):
    """The daily instrument and the period in which it is expected.

    `starts_after_days`: whole days after activation and practice are both done. The diary ends `end_months` and
    `end_days` after `end_anchor`; without that anchor, `fallback_months` after `fallback_anchor`; without either,
    `longest_days` after its start.
    """

    instrument: str
    version: str
    slot: int = Field(ge=1, le=19)
    windows: tuple[WindowRule, ...] = Field(min_length=1)
    default_window: Identifier
    starts_after_days: int = Field(default=1, ge=0, le=14)
    end_anchor: Identifier | None = None
    end_months: int = Field(default=0, ge=0, le=60)
    end_days: int = Field(default=0, ge=0, le=366)
    fallback_anchor: Identifier | None = None
    fallback_months: int = Field(default=0, ge=0, le=60)
    longest_days: int = Field(ge=1, le=1830)
    late_reason: bool = True

    def window(self, choice: str | None) -> WindowRule:
        """The participant's window; the default when the choice is not one of the study's."""
        rules = {rule.id: rule for rule in self.windows}
        return rules.get(choice or self.default_window, rules[self.default_window])


class VisitRule(_Frozen):
    """A visit questionnaire's window, one-sided so that it never reaches past an injection.

    Either the `days_before` days before `before_anchor` until its start, or `after_anchor` plus `after_months`
    with `days_early` and `days_late` around it. `fallback_*` applies when the anchor is never given.
    """

    id: Identifier
    label: dict[str, str]
    instruments: tuple[str, ...]
    before_anchor: Identifier | None = None
    days_before: int = Field(default=0, ge=0, le=60)
    after_anchor: Identifier | None = None
    after_months: int = Field(default=0, ge=0, le=60)
    days_early: int = Field(default=0, ge=0, le=60)
    days_late: int = Field(default=0, ge=0, le=60)
    fallback_anchor: Identifier | None = None
    fallback_months: int = Field(default=0, ge=0, le=60)
    fallback_days_early: int = Field(default=0, ge=0, le=60)
    fallback_days_late: int = Field(default=0, ge=0, le=60)


class VisitInstrument(_Frozen):
    """A visit questionnaire's version and frozen slot; inactive until its licence file is installed."""

    code: str
    version: str
    slot: int = Field(ge=1, le=19)
    active: bool = False


class PromptRule(_Frozen):
    """When reminders may be sent, as wall times of the diary day."""

    usual: WallMinutes
    again_after_minutes: int = Field(ge=0, le=600)
    latest: WallMinutes
    quiet_from: WallMinutes
    quiet_until: WallMinutes


class Study(_Frozen):
    """One version of one study. `text` and `sha256` are the file as it was read."""

    id: Identifier
    version: str = Field(pattern=r"^[0-9]+(\.[0-9]+)*$")
    registry: str
    studyid: str = Field(pattern=r"^[A-Z0-9-]{1,20}$")
    usubjid: str
    subject_pattern: str
    day_zero: date
    display_name: dict[str, str]
    title: str
    languages: tuple[str, ...] = Field(min_length=1)
    show_scores: bool = False
    ask_missed_reason: bool = False
    approvals: Approvals = Approvals()
    sites: tuple[Site, ...] = Field(min_length=1)
    anchors: tuple[AnchorRule, ...] = ()
    diary: DiaryRule
    visits: tuple[VisitRule, ...] = ()
    instruments: tuple[VisitInstrument, ...] = ()
    prompts: PromptRule
    eligibility: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    text: str = Field(default="", exclude=True, repr=False)
    sha256: str = Field(default="", exclude=True)

    @property
    def is_demonstration(self) -> bool:
        """Every screen then says: not for participants."""
        return not self.approvals.complete

    def site(self, site_id: str) -> Site:
        """Raises KeyError."""
        return {site.id: site for site in self.sites}[site_id]


def parse_study(text: str, *, file: str) -> Study:
    """Read a study file. Raises `FileInvalid` (study_invalid) with every fault: file, line, key, remedy."""
    toml = TomlFile.read(text, file=file, code=Code.STUDY_INVALID, head="study")
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return toml.validate(Study, {**toml.merged(), "text": text, "sha256": sha256})
