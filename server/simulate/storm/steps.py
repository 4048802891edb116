"""What a storm is made of: plain steps, each with its moment, so that a plan can be kept, shortened and told."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from diary_app.core.times import format_utc, parse_utc

#: Whoever does what concerns the server.
HOUSE = "server"


class Do(StrEnum):
    """What can happen. `detail` of a step says how."""

    ENROL = "enrol"
    FILL = "fill"
    CHANGE = "change"
    FILL_BESIDE = "fill_beside"
    AT_ONCE = "at_once"
    FILL_VISIT = "fill_visit"
    SYNC = "sync"
    ZONE = "zone"
    PAUSE = "pause"
    CLOSE_APP = "close_app"
    SIGN_OF_LIFE = "sign_of_life"
    HAND_ON = "hand_on"
    CLOCK = "clock"
    RESTART_APP = "restart_app"
    KILL_PHONE = "kill_phone"
    DISK_FULL = "disk_full"
    DISK_FREE = "disk_free"
    CLONE = "clone"
    IMAGE = "image"
    SET_BACK = "set_back"
    EVICT = "evict"
    NEW_PHONE = "new_phone"
    CHOOSE_PIN = "choose_pin"
    FORGET_PIN = "forget_pin"
    NEW_CODE = "new_code"
    REPORT_LOST = "report_lost"
    MAKE_RESCUE = "make_rescue"
    TAKE_RESCUE = "take_rescue"
    OLDER_FILE = "older_file"
    SPEAK = "speak"
    ANCHOR = "anchor"
    EXCUSE = "excuse"
    LOCK = "lock"
    UNLOCK = "unlock"
    CONTACT = "contact"
    CORRECT = "correct"
    ANSWER = "answer"
    DECIDE = "decide"
    TAKE_BACK = "take_back"
    AT_ONE_DESK = "at_one_desk"
    SIGN = "sign"
    REACH = "reach"
    FORGET_WAYS = "forget_ways"
    TYPE_SHEET = "type_sheet"
    ACCEPT_ASIDE = "accept_aside"
    REOPEN = "reopen"
    STATUS = "status"
    REVOKE = "revoke"
    DIE = "die"
    WITHDRAW = "withdraw"
    STOP_SERVER = "stop_server"
    START_SERVER = "start_server"
    KILL_SERVER = "kill_server"
    SERVER_CLOCK = "server_clock"
    BACK_UP = "back_up"
    RESTORE = "restore"
    ARCHIVE = "archive"
    RESTORE_ARCHIVE = "restore_archive"
    SNAPSHOT = "snapshot"
    PUT_BACK = "put_back"
    SERVER_FULL = "server_full"
    SERVER_FREE = "server_free"
    BACKUPS_FULL = "backups_full"
    BACKUPS_FREE = "backups_free"
    MAIL_DOWN = "mail_down"
    MAIL_UP = "mail_up"
    MAIL_UNANSWERED = "mail_unanswered"
    RUN_JOBS = "run_jobs"
    AMEND = "amend"
    CUT = "cut"
    MAIL_ODD = "mail_odd"
    CLICK_STOP = "click_stop"


class Which(StrEnum):
    """Which of a person's phones acts."""

    IN_USE = "in_use"
    CLONE = "clone"
    DRAWER = "drawer"


@dataclass(frozen=True)
class Step:
    """One thing that happens to `who` (a person's number on the trial's list, or `HOUSE`) at a true moment."""

    at: datetime
    who: str
    do: Do
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def which(self) -> Which:
        """Whose phone."""
        return Which(self.detail.get("phone", Which.IN_USE))


@dataclass(frozen=True)
class Plan:
    """Everything that will happen, in order; running it draws nothing more that depends on what happened before."""

    seed: int
    begins: datetime
    ends: datetime
    steps: tuple[Step, ...]

    @property
    def people(self) -> list[str]:
        """Who is in it."""
        return sorted({step.who for step in self.steps} - {HOUSE})

    @property
    def has_visits(self) -> bool:
        """Whether anybody is asked about a visit; then the study has a questionnaire for it."""
        return any(step.do is Do.FILL_VISIT for step in self.steps)

    def only(self, steps: Iterable[Step]) -> "Plan":
        """The same with fewer steps."""
        return replace(self, steps=tuple(steps))

    def as_json(self) -> str:
        """To be kept beside a bug report."""
        steps = [{"at": format_utc(one.at), "who": one.who, "do": one.do, **one.detail} for one in self.steps]
        about = {"seed": self.seed, "begins": format_utc(self.begins), "ends": format_utc(self.ends)}
        return json.dumps({**about, "steps": steps}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The reverse of `as_json`. Raises ValueError."""
        told = json.loads(text)
        steps = [
            Step(parse_utc(one.pop("at")), one.pop("who"), Do(one.pop("do")), one) for one in told["steps"]
        ]  # fmt: skip
        return cls(told["seed"], parse_utc(told["begins"]), parse_utc(told["ends"]), tuple(steps))
