"""A plan in plain words: one sentence for each step."""

from collections.abc import Sequence
from typing import Any

from server.simulate.storm.power import Dying
from server.simulate.storm.steps import HOUSE, Do, Plan, Step, Which
from server.simulate.storm.wire import Fate

_PHONE = {Which.IN_USE: "the phone", Which.CLONE: "the copied phone", Which.DRAWER: "the old phone in the drawer"}
_FATES = {
    Fate.ARRIVES: "a message goes through",
    Fate.LOST: "a message is lost",
    Fate.UNANSWERED: "an answer is lost",
    Fate.TWICE: "a message arrives twice",
    Fate.LATE: "a message arrives late",
    Fate.CUT_REQUEST: "a message is cut short",
    Fate.CUT_ANSWER: "an answer is cut short",
}
_DYING = {
    Dying.BEFORE_COMMIT: "just before it commits",
    Dying.AFTER_COMMIT: "just after it commits",
    Dying.BEFORE_ANSWER: "before it answers",
}
_ACTS = {
    "save": "saves the evening",
    "change": "changes the evening's answers",
    "send": "sends",
    "lock": "locks the diary and opens it again",
    "change_pin": "changes the PIN",
}
_PLAIN = {
    Do.RESTART_APP: "{who} closes the app and opens it again.",
    Do.DISK_FULL: "The phone of {who} has no room left.",
    Do.DISK_FREE: "There is room on the phone of {who} again.",
    Do.CLONE: "The phone of {who} is copied onto another one.",
    Do.IMAGE: "The phone of {who} is backed up.",
    Do.SET_BACK: "The phone of {who} is set back to its backup.",
    Do.EVICT: "The phone of {who} throws the diary away.",
    Do.CHOOSE_PIN: "The phones of {who} have a PIN.",
    Do.FORGET_PIN: "{who} has forgotten the PIN.",
    Do.UNLOCK: "Staff unlock all days of {who}.",
    Do.CONTACT: "Staff ring {who} up.",
    Do.ACCEPT_ASIDE: "Staff decide what becomes of what was set aside of {who}.",
    Do.CLOSE_APP: "{who} closes the app, which leaves behind what may be said in its name.",
    Do.TAKE_BACK: "Staff ask for no correction of {who} any more.",
    Do.FORGET_WAYS: "Staff erase how {who} is reached, if their part is over.",
    Do.REVOKE: "Staff revoke the last status of {who}.",
    Do.REOPEN: "Staff look again at an entry of {who} that they had decided on.",
    Do.DIE: "Staff record that {who} has died.",
    Do.WITHDRAW: "{who} withdraws consent.",
    Do.STOP_SERVER: "The server is stopped.",
    Do.START_SERVER: "The server is started.",
    Do.SERVER_FREE: "There is room on the server's disk again.",
    Do.BACKUPS_FULL: "The disk of the backups has no room left.",
    Do.BACKUPS_FREE: "There is room for backups again.",
    Do.BACK_UP: "The nightly backup is made.",
    Do.ARCHIVE: "A bundle with an archive is made.",
    Do.RESTORE_ARCHIVE: "Everything else is lost, and a server is made of the bundle's archive.",
    Do.SNAPSHOT: "A snapshot of the database is taken.",
    Do.PUT_BACK: "The snapshot is put back, and another epoch begins.",
    Do.CUT: "A data cut is taken.",
    Do.MAIL_DOWN: "No message can be sent.",
    Do.MAIL_UP: "Messages can be sent again.",
    Do.RUN_JOBS: "The server's jobs run.",
}


_AMENDED = {
    "": "evenings end an hour earlier",
    "earlier": "other questions, earlier windows and reminders",
    "later": "other questions, later windows and reminders",
    "back": "questions, windows and reminders are those of the beginning",
}


def told(plan: Plan, found: Sequence[str]) -> str:
    """The whole story, ending with what went wrong."""
    lines = [
        f"{number}. {one.at:%a %d %b %Y %H:%M:%S} UTC. {_sentence(one)}" for number, one in enumerate(plan.steps, 1)
    ]
    return "\n".join([*lines, "Then, with everything working again:", *(f"- {one}" for one in found)])


def _sentence(step: Step) -> str:
    who = "the server" if step.who == HOUSE else step.who
    if step.do in _PLAIN:
        return _PLAIN[step.do].format(who=who)
    detail = step.detail
    return _by_participant(step, who, detail) or _by_others(step, who, detail) or f"{who}: {step.do}."


def _by_participant(step: Step, who: str, detail: Any) -> str:
    """What somebody or their phone does; empty for what others do."""
    phone = _PHONE[step.which]
    match step.do:
        case Do.ENROL:
            chosen = f"{who} takes part, fills in the practice and chooses the window {detail['choice']}"
            return f"{chosen}{_on_the_way_in(detail)}."
        case Do.NEW_PHONE:
            return f"{who} gets another phone with a new code{_on_the_way_in(detail)}."
        case Do.FILL:
            return f"{who} fills in {detail['day']} on {phone}."
        case Do.CHANGE:
            return f"{who} changes the answers of {detail['day']} on {phone}."
        case Do.FILL_BESIDE:
            return f"{who} fills in {detail['day']} in a second tab, while the first one is open."
        case Do.AT_ONCE:
            return _in_two_tabs(who, detail)
        case Do.FILL_VISIT:
            return f"{who} answers the questionnaire of the visit {detail['visit']} on {phone}."
        case Do.MAKE_RESCUE:
            return f"{phone[0].upper()}{phone[1:]} of {who} writes a rescue file."
        case Do.OLDER_FILE:
            killed = f", and is killed {detail['dies_after']} storage steps later" if detail["dies_after"] else ""
            return f"The app of {who} is updated over a file of version {detail['step']}{killed}."
        case Do.SPEAK:
            return f"The app of {who} is a release that speaks protocol {detail['protocol']}."
        case Do.SYNC:
            return f"{phone[0].upper()}{phone[1:]} of {who} sends: {_fates(detail['fates'])}."
        case Do.ANSWER:
            return f"{who} is asked about corrections and says {detail['answer']}."
        case Do.NEW_CODE:
            sends = f"{who} types a new code, chooses another PIN and sends: {_fates(detail['fates'])}"
            return f"{sends}{_on_the_way_in(detail)}."
        case Do.ZONE:
            return f"{who} confirms the zone {detail['zone']}."
        case Do.PAUSE:
            days = detail["days"]
            return f"{who} wants no reminders for {days} days." if days else f"{who} wants reminders again."
        case Do.SIGN_OF_LIFE:
            return f"While the app of {who} is closed, {phone} gives a sign of life: {_fates([detail['fate']])}."
        case Do.HAND_ON:
            return f"The code of {detail['to']} is typed on the phone that has the diary of {who}{_of(detail)}."
        case Do.CLICK_STOP:
            wanted = "stops all messages" if detail["stops"] else "wants messages again"
            return f"{who} {wanted}, by the link in a mail."
        case Do.CLOCK:
            return f"The clock of {who}'s phone is off by {detail['minutes']} minutes from now on."
        case Do.KILL_PHONE:
            return f"The app of {who} will be killed {detail['steps']} storage steps from now."
        case Do.REPORT_LOST:
            return f"{who} reports the phone lost; it {'is found later' if detail['found'] else 'stays away'}."
    return ""


def _by_others(step: Step, who: str, detail: Any) -> str:
    """What staff do, or what happens to the server; empty for anything else."""
    match step.do:
        case Do.TAKE_RESCUE:
            how = "as codes" if detail["as_codes"] else "as a file"
            return f"Staff take in the rescue file of {who} {how}, {detail['times']} times."
        case Do.LOCK:
            return f"Staff lock the days of {who} from {detail['first']} to {detail['last']}."
        case Do.CORRECT:
            return f"Staff ask for a correction ({detail['what']}) of {detail['day']} of {who}."
        case Do.DECIDE:
            return f"Staff {'approve' if detail['approves'] else 'refuse'} the corrections of {who} that wait."
        case Do.AT_ONE_DESK:
            return f"Two of staff look at the same thing of {who}; one does {detail['first']}, one {detail['second']}."
        case Do.SIGN:
            return f"An investigator signs the days of {who} from {detail['first']} to {detail['last']}."
        case Do.REACH:
            told = f"record the {detail['field']} of" if detail["value"] else f"erase the {detail['field']} of"
            return f"Staff {told} {who}."
        case Do.TYPE_SHEET:
            return f"Staff type the sheet of {who} for {detail['day']}, written at {detail['hour']}."
        case Do.SERVER_CLOCK:
            off = f"is off by {detail['minutes']} minutes from now on" if detail["minutes"] else "is right again"
            return f"The server's clock {off}."
        case Do.SERVER_FULL:
            pages = detail.get("pages", 0)
            left = " but for a few pages" if pages else ", not even for a transaction" if pages is None else ""
            return f"The server's disk has no room left{left}."
        case Do.MAIL_UNANSWERED:
            return f"The next {detail['messages']} messages are taken, and the server does not hear so."
        case Do.MAIL_ODD:
            asks = f"asks for {minutes} minutes of patience" if (minutes := detail["minutes"]) else "answers nothing"
            return f"The gateway has the next {detail['messages']} messages and {asks}."
        case Do.ANCHOR:
            if "actual" in detail:
                given = f"{detail['actual']} at {detail.get('actual_time', 'a time that nobody noted')}"
                return f"Staff record that {who} was given {detail['anchor']} on {given}."
            if "not_given" in detail:
                return f"Staff record that {who} is not given {detail['anchor']}."
            return f"Staff plan {detail['anchor']} of {who} for {detail['planned']}."
        case Do.STATUS:
            return f"Staff record that {who} is {detail['status']} as of {detail['effective']}."
        case Do.RESTORE:
            beside = ", and the study file of then with it" if detail.get("older_file") else ""
            return f"The database is lost, and last night's backup is restored{beside}."
        case Do.AMEND:
            return f"The study is amended: {_AMENDED[detail.get('substance', '')]}."
        case Do.EXCUSE:
            return f"Staff excuse {detail['day']} of {who}."
        case Do.KILL_SERVER:
            whose = "a job" if detail["in_job"] else "a phone"
            return (
                f"The server's power will go at {whose}'s commit {detail['commits']}, {_DYING[Dying(detail['when'])]}."
            )
    return ""


def _in_two_tabs(who: str, detail: Any) -> str:
    acts = f"{_ACTS[detail['first']]} in one tab and {_ACTS[detail['second']]} in another"
    closed = f"; the second is closed {detail['closed_after']} steps later" if detail["closed_after"] else ""
    return f"At the same moment {who} {acts} ({detail['day']}; {_fates(detail['fates'])}){closed}."


def _of(detail: Any) -> str:
    return f"; of that {_fates(detail['fates'])}" if detail["fates"] else ""


def _on_the_way_in(detail: Any) -> str:
    """What befalls an enrolment, to be put behind a sentence; empty for nothing."""
    told = f"; of the enrolment {_fates(detail['enrols'])}" if detail.get("enrols") else ""
    if (steps := detail.get("dies_after")) is not None:
        told += f"; the app will be killed {steps} storage steps after its start"
    return told


def _fates(fates: Sequence[str]) -> str:
    told = []
    for one in fates:
        name, _, hours = one.partition(":")
        told.append(_FATES[Fate(name)] + (f" by {hours} hours" if hours else ""))
    return ", then ".join(told) or "everything goes through"
