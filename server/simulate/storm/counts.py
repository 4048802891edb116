"""What befell a storm, by kind: counted where it happens, so that a fault which silently stops being simulated is seen.

A step that was drawn and found nothing to do counts for nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from diary_app.core.times import zone as rules_of
from server.db.days import ExpectedDay
from server.simulate.storm.steps import Do, Step


class Kind(StrEnum):
    """Everything that a storm has to be able to do. The words are what is printed."""

    MESSAGE_LOST = "messages lost"
    ANSWER_LOST = "answers lost"
    MESSAGE_TWICE = "messages doubled"
    MESSAGE_LATE = "messages late"
    MESSAGE_CUT = "messages cut short"
    ANSWER_CUT = "answers cut short"
    ENROLMENT_ASTRAY = "of these an enrolment"
    SERVER_STOPPED = "server stopped"
    KILLED_BEFORE_COMMIT = "server killed before a commit"
    KILLED_AFTER_COMMIT = "server killed after a commit"
    KILLED_BEFORE_ANSWER = "server killed before the answer"
    KILLED_IN_JOB = "of these in a job"
    SERVER_FULL = "server without room refused"
    START_REFUSED = "server without room refused to start"
    BACKUP_REFUSED = "backup without room refused"
    RESTORE_REFUSED = "restore without room refused"
    EPOCH_REFUSED = "new epoch without room refused"
    SERVER_AHEAD = "server's clock jumps forward"
    SERVER_BEHIND = "server's clock jumps back"
    SERVER_LAST_WEEK = "server comes back with the clock of last week"
    BACKED_UP = "backup made by the nightly job"
    RESTORED = "database restored from a backup"
    REBUILT = "server made from the archive of a bundle"
    PUT_BACK = "database put back by others"
    AMENDED = "study amended"
    AMENDED_IN_SUBSTANCE = "of these with other questions, windows and reminders"
    AMENDED_AGAIN = "of these again, after a restore with the older study file"
    CUT_TAKEN = "data cut taken in the middle"
    CUT_AGAIN = "of these taken again at the end"
    ARRIVED_OLDER = "entry under an earlier version that came after the later one"
    MAIL_DOWN = "no way out for messages"
    MAIL_UNANSWERED = "messages taken, and the answer lost"
    MAIL_PUT_OFF = "messages put off by a gateway"
    MAIL_DOUBTFUL = "messages that a gateway had, and no answer"
    PHONE_KILLED_SAVING = "phone killed over a save"
    PHONE_KILLED_SENDING = "phone killed over sending"
    PHONE_KILLED_ENROLLING = "phone killed over enrolment"
    PHONE_KILLED_ELSEWHERE = "phone killed over something else"
    DISK_FULL = "phone without room refused"
    CLOCK_WRONG = "phone's clock set wrong"
    CLOCK_DRIFTS = "phone's clock drifts"
    CLOCK_JUMPS = "phone's clock jumps to what is right"
    CLOCK_BEHIND_ENTRY = "phone's clock set back across an entry"
    CHANGED_BACKWARDS = "answers changed before they were given, by the phone's clock"
    CLOCK_CHANGE = "evenings over a change of clocks"
    ON_THE_EDGE = "saved on the very millisecond"
    RESTARTED = "app restarted"
    TRAVELLED = "zone confirmed"
    PAUSED = "reminders paused, or the pause ended"
    STOPPED = "all messages stopped by the link in a mail"
    WANTED_AGAIN = "of these wanted again"
    SIGN_OF_LIFE = "sign of life with the app closed"
    CHANGED = "answers changed in a later version"
    CHANGED_AT_ONCE = "of these in one of two tabs"
    SECOND_TAB = "filled in in a second tab"
    TABS_AT_ONCE = "two tabs used at the same moment"
    SENT_AT_ONCE = "of these both to send"
    PIN_AT_ONCE = "of these one to lock or to change the PIN"
    TAB_CLOSED = "of these one closed in the middle"
    VISIT_FILLED_IN = "visit questionnaire filled in"
    VISIT_ARRIVED = "visit questionnaire counted by the server"
    REPLACED = "phone replaced"
    LOST = "phone lost"
    HANDED_ON = "code typed on a phone with somebody else's diary"
    EVICTED = "storage emptied"
    SET_BACK = "phone set back to its backup"
    CLONED = "phone copied"
    PIN_FORGOTTEN = "PIN forgotten"
    PIN_RENEWED = "code and PIN renewed"
    OLDER_FILE = "app started over the file of an earlier release"
    SPOKE_OLDER = "requests in an older protocol"
    SPOKE_NEWER = "requests in a newer protocol"
    RESCUE_MADE = "rescue file made"
    RESCUE_TAKEN_IN = "rescue file taken in"
    RESCUE_AGAIN = "rescue file taken in again"
    RESCUE_AS_CODES = "of these as codes"
    ANCHOR_MOVED = "treatment planned or moved"
    GIVEN = "treatment given, or not"
    LOCKED = "days locked"
    UNLOCKED = "days unlocked"
    CONTACTED = "rung up"
    EXCUSED = "evening excused"
    CORRECTION_ASKED = "correction asked for"
    CORRECTION_ANSWERED = "correction answered on the phone"
    CORRECTION_APPROVED = "correction approved"
    CORRECTION_REFUSED = "correction refused"
    CORRECTION_WAIVED = "word of the participant waived"
    CORRECTION_WITHDRAWN = "correction taken back by the site"
    AT_ONE_DESK = "two of staff act on the same thing"
    SIGNED = "days signed"
    SUPERSEDED = "signature superseded at the end"
    REACH_RECORDED = "contact data recorded"
    REACH_ERASED = "contact data erased"
    FORGOTTEN = "all contact data erased after the end"
    SHEET_TYPED = "sheet of paper typed"
    ASIDE_ACCEPTED = "what was set aside accepted"
    REOPENED = "what was settled looked at again"
    ZONE_ACCEPTED = "of these a zone"
    ZONE_LEFT = "zone set aside left"
    STATUS_RECORDED = "another status recorded"
    STATUS_REVOKED = "status revoked"
    UNSEALED = "sealed entry that counts after all"
    DIED = "died"
    WITHDRAWN = "consent withdrawn"


#: Steps that count when they did something.
_OF_STEPS: Mapping[Do, Kind] = {
    Do.STOP_SERVER: Kind.SERVER_STOPPED,
    Do.BACK_UP: Kind.BACKED_UP,
    Do.RESTORE: Kind.RESTORED,
    Do.RESTORE_ARCHIVE: Kind.REBUILT,
    Do.PUT_BACK: Kind.PUT_BACK,
    Do.AMEND: Kind.AMENDED,
    Do.CUT: Kind.CUT_TAKEN,
    Do.MAIL_DOWN: Kind.MAIL_DOWN,
    Do.RESTART_APP: Kind.RESTARTED,
    Do.ZONE: Kind.TRAVELLED,
    Do.PAUSE: Kind.PAUSED,
    Do.CHANGE: Kind.CHANGED,
    Do.FILL_BESIDE: Kind.SECOND_TAB,
    Do.AT_ONCE: Kind.TABS_AT_ONCE,
    Do.FILL_VISIT: Kind.VISIT_FILLED_IN,
    Do.MAKE_RESCUE: Kind.RESCUE_MADE,
    Do.OLDER_FILE: Kind.OLDER_FILE,
    Do.REPORT_LOST: Kind.LOST,
    Do.HAND_ON: Kind.HANDED_ON,
    Do.EVICT: Kind.EVICTED,
    Do.SET_BACK: Kind.SET_BACK,
    Do.CLONE: Kind.CLONED,
    Do.FORGET_PIN: Kind.PIN_FORGOTTEN,
    Do.NEW_CODE: Kind.PIN_RENEWED,
    Do.ANCHOR: Kind.ANCHOR_MOVED,
    Do.LOCK: Kind.LOCKED,
    Do.UNLOCK: Kind.UNLOCKED,
    Do.CONTACT: Kind.CONTACTED,
    Do.EXCUSE: Kind.EXCUSED,
    Do.STATUS: Kind.STATUS_RECORDED,
    Do.REVOKE: Kind.STATUS_REVOKED,
    Do.DIE: Kind.DIED,
    Do.WITHDRAW: Kind.WITHDRAWN,
}
#: By the value of a `wire.Fate`.
_OF_MESSAGES: Mapping[str, Kind] = {
    "lost": Kind.MESSAGE_LOST,
    "unanswered": Kind.ANSWER_LOST,
    "twice": Kind.MESSAGE_TWICE,
    "late": Kind.MESSAGE_LATE,
    "cut_request": Kind.MESSAGE_CUT,
    "cut_answer": Kind.ANSWER_CUT,
}
_SAVING = frozenset({Do.FILL, Do.CHANGE, Do.FILL_BESIDE, Do.FILL_VISIT})
_ENROLLING = frozenset({Do.ENROL, Do.NEW_PHONE, Do.NEW_CODE})


class Befell(Counter[Kind]):
    """How often each kind happened; several are added up with `+`."""

    def step(self, step: Step) -> None:
        """A step did something."""
        if (kind := _OF_STEPS.get(step.do)) is not None:
            self[kind] += 1
        self[Kind.GIVEN] += step.do is Do.ANCHOR and not step.detail.keys().isdisjoint({"actual", "not_given"})
        if step.do is Do.CLOCK:
            self._clock(**{name: step.detail[name] for name in ("minutes", "drift")})

    def message(self, fate: str) -> None:
        """A request went its way. `fate`: the value of a `wire.Fate`."""
        if (kind := _OF_MESSAGES.get(fate)) is not None:
            self[kind] += 1

    def enrolment(self, fate: str, *, is_one: bool) -> None:
        """A request went its way, and may be one with which a code is used."""
        self[Kind.ENROLMENT_ASTRAY] += is_one and fate in _OF_MESSAGES

    def spoke(self, protocol: int, current: int) -> None:
        """A request in another protocol than this release's."""
        self[Kind.SPOKE_OLDER if protocol < current else Kind.SPOKE_NEWER] += 1

    def phone_killed(self, doing: Do | None) -> None:
        """An app was killed during a step."""
        if doing in _SAVING:
            self[Kind.PHONE_KILLED_SAVING] += 1
        elif doing in _ENROLLING:
            self[Kind.PHONE_KILLED_ENROLLING] += 1
        elif doing is Do.SYNC:
            self[Kind.PHONE_KILLED_SENDING] += 1
        else:
            self[Kind.PHONE_KILLED_ELSEWHERE] += 1

    def server_killed(self, when: str, *, in_job: bool) -> None:
        """The server's power went. `when`: the value of a `house.Dying`."""
        self[Kind[f"KILLED_{when.upper()}"]] += 1
        self[Kind.KILLED_IN_JOB] += in_job

    def nights(self, days: Iterable[ExpectedDay]) -> None:
        """Evenings that reach over a change of clocks, of those that were expected."""
        windows = Counter((row.zone, row.opens, row.late_until) for row in days if row.not_expected is None)
        for (zone, opens, ends), number in windows.items():
            here = rules_of(zone)
            if opens.astimezone(here).utcoffset() != ends.astimezone(here).utcoffset():
                self[Kind.CLOCK_CHANGE] += number

    def in_words(self) -> dict[str, int]:
        """Every kind, also what never happened, in the order above."""
        return {kind.value: self[kind] for kind in Kind}

    def _clock(self, minutes: int, drift: int) -> None:
        if minutes == 0 and drift == 0:
            self[Kind.CLOCK_JUMPS] += 1
            return
        self[Kind.CLOCK_WRONG] += 1
        self[Kind.CLOCK_DRIFTS] += drift != 0


def total(all_of_them: Iterable[Mapping[Kind, int]]) -> Befell:
    """The sum."""
    added = Befell()
    for one in all_of_them:
        added.update(one)
    return added
