"""What the screens show and every intent a participant can have; screens read this and call it, nothing else.

Fields without an underscore are observed: setting one repaints. Where a screen lies is the router's business, so an
intent that leads elsewhere ends with `go`.
"""

from dataclasses import replace
from datetime import datetime

import flet as ft

from diary_app.asking_why import AskingWhy
from diary_app.core.entries import FilledBy, LateReason
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.facts import DeviceState
from diary_app.drafting import Drafting
from diary_app.enrolling import Enrolment
from diary_app.history import History
from diary_app.journal import Belonging, Journal, Preference, Saved
from diary_app.locking import LOCK_AFTER_SECONDS, Absence, Keyring
from diary_app.look import LARGE_FROM, Look
from diary_app.pin_entry import PinEntry
from diary_app.places import (
    ABOUT,
    HISTORY,
    HOME,
    LATE,
    PIN,
    REMINDERS,
    REVIEW,
    SETTINGS,
    Place,
    Problem,
    problem_of,
    question,
)
from diary_app.questionnaire import Filling, answer_from
from diary_app.reminding import Reminding
from diary_app.settings import Settings
from diary_app.storage.keyring import Lock
from diary_app.surroundings import Surroundings
from diary_app.sync.outcome import Standing, SyncOutcome
from diary_app.texts import LANGUAGES, Texts, other_language
from diary_app.today import CardKind, Today
from diary_app.visiting import DueQuestionnaire, DueVisit

_OF_STATE = {
    DeviceState.LOST: Problem.LOCKED,
    DeviceState.REPLACED: Problem.REPLACED,
    DeviceState.WITHDRAWN: Problem.WITHDRAWN,
}
#: What sending cannot put right: the participant is told until they have tried again.
_OF_THIS_PHONE = frozenset({Problem.STORAGE, Problem.FULL, Problem.TOO_NEW, Problem.CHANGED})
_STILL_TO_DO = frozenset({CardKind.OPEN, CardKind.LATE, CardKind.DONE})
_UNLOCKED = frozenset({Place.DIARY, Place.PRACTICE, Place.REMINDERS})


@ft.observable
class DiaryState:
    """The participant's app between the screens and the diary."""

    def __init__(self, surroundings: Surroundings, language: str) -> None:
        self._with = surroundings
        self._opened: Journal | None = None
        self._page: tuple[str, float] | None = None
        self._route = HOME
        self._interrupted: Filling | None = None
        self._away = Absence(surroundings.environment)
        self._in_browser = False
        self._update_put_off = False
        self._saving = False
        self._drafting = Drafting(lambda: self._journal, self._not_kept)
        self.say = Texts(surroundings.catalogues(language))
        self.place = Place.STARTING
        self.problem: Problem | None = None
        self.belonging: Belonging | None = None
        self.today: Today | None = None
        self.visits: tuple[DueVisit, ...] = ()
        self.waiting = 0
        self.last_contact: datetime | None = None
        self.sync: SyncOutcome | None = None
        self.filling: Filling | None = None
        self.reviewed = False
        self.just_saved: Saved | None = None
        self.ended = False
        self.enrolment = Enrolment(surroundings.link, surroundings.host, self._enrolled)
        self.pin = PinEntry(surroundings.environment, lambda: self._journal.keyring, self._pin_settled)
        self.reminding = Reminding(surroundings.host, self._reminders_decided)
        self.settings = Settings(lambda: self._journal, surroundings.host, surroundings.environment, surroundings.copy)
        self.history = History(lambda: self._journal, surroundings.host, surroundings.go)
        self.asking_why = AskingWhy(lambda: self._journal, surroundings.link.wake)
        self.update_waiting = False
        self.large_text = False

    # ---- where we are ----------------------------------------------------------------------------------

    @property
    def is_demonstration(self) -> bool:
        """Until a study with all its approvals is known, every screen says so."""
        return self.belonging is None or self.belonging.study.is_demonstration

    @property
    def look(self) -> Look:
        """What the frame of every screen depends on."""
        return Look(self.say, self.is_demonstration, self.large_text)

    def text_measured(self, scale: float) -> None:
        """How large letters are on this device, 1 being the usual size."""
        self.large_text = scale >= LARGE_FROM

    @property
    def display_name(self) -> str:
        """What a bystander may see; neutral."""
        names = self.belonging.study.display_name if self.belonging else {}
        return names.get(self.say.language) or self.say("Diary")

    @property
    def _journal(self) -> Journal:
        """The diary on this phone, opened when it is first needed. Raises `DiaryUnavailable`."""
        if self._opened is None:
            self._opened = self._with.open_journal()
        return self._opened

    def open(self, route: str = HOME) -> None:
        """Show what the diary holds; an entry that was being filled in when the app went away is there again."""
        self._route = route
        self._open_place()
        if self.place is not Place.PROBLEM:
            self.use_language(self._journal.language() or self.say.language)
            self.settings.remembered()
        if self.place is Place.DIARY and route != HOME:
            self._resume()

    def open_again(self) -> None:
        """The participant did what was asked; try once more."""
        self.problem = None
        self.open()
        if self.filling is not None and self.place is Place.DIARY:
            self._keep(self.filling)

    def enter_new_code(self) -> None:
        """The study has given this phone a new code."""
        self.problem, self.place = None, Place.WELCOME

    def refresh(self) -> None:
        """Time has passed, or the study has answered."""
        self.reminding.look()
        if self.place in _UNLOCKED:
            self._open_place()

    def heard(self, outcome: SyncOutcome) -> None:
        """Sending or fetching has come to an end, well or not."""
        self.sync = outcome
        told_for_good = self.problem in _OF_THIS_PHONE
        if self.problem is Problem.UPDATE:
            told_for_good = outcome.standing is not Standing.ALL_SENT
        if self.place is not Place.WELCOME and not told_for_good:
            self._open_place()
        if outcome.code is Code.PROTOCOL_TOO_OLD and not self._update_put_off:
            self.show_problem(Problem.UPDATE)

    def _open_place(self) -> None:
        try:
            self.belonging = self._journal.belonging()
            self.problem = self._problem_of(self.belonging)
            if self.belonging is None or self.problem:
                self.place = Place.PROBLEM if self.problem else Place.WELCOME
                return
            self.waiting, self.update_waiting = self._journal.waiting(), self._with.host.update_waiting()
            self.last_contact = self._journal.last_contact()
            self.place = self._place_before_diary() or self._open_diary()
        except DiaryUnavailable as fault:
            self.show_problem(problem_of(fault.code))

    def _place_before_diary(self) -> Place | None:
        match self._journal.keyring.lock():
            case Lock.LOCKED if not self._journal.preference(Preference.PIN_FORGOTTEN):
                self.today = None
                self.pin.ask()
                return Place.LOCKED
            case Lock.LOCKED | Lock.NO_PIN:
                self.pin.choose()
                return Place.CHOOSE_PIN
            case Lock.OPEN:
                return None

    def _open_diary(self) -> Place:
        self.today, self.visits = self._journal.today(), self._journal.visits(self.say.language)
        self.ended = self._journal.has_completed() and self.today.card.kind not in _STILL_TO_DO
        if not self._journal.is_trained():
            return Place.PRACTICE
        self.asking_why.look(self.today)
        asked = self._journal.preference(Preference.REMINDERS_ASKED) or not self.reminding.possible
        return Place.DIARY if asked else Place.REMINDERS

    def show_problem(self, problem: Problem) -> None:
        """Say what happened instead of showing the diary."""
        self.problem, self.place = problem, Place.PROBLEM

    def _problem_of(self, belonging: Belonging | None) -> Problem | None:
        if belonging is None:
            needed = self._with.host.needs_home_screen() and not self._in_browser
            return Problem.HOME_SCREEN if needed else None
        return _OF_STATE.get(belonging.installation.state)

    def _resume(self) -> None:
        card = self.today.card if self.today else None
        begun = [one for visit in self.visits for one in visit.to_do if one.begun]
        if card is not None and card.begun and card.day is not None:
            self.filling = None if begun else self._journal.begin(card.day)
        elif len(begun) == 1:  # of several nobody can tell which one was on the screen
            self.filling = self._journal.begin_visit(begun[0])

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that the study offers."""
        return self.belonging.study.languages if self.belonging else tuple(LANGUAGES)

    def change_language(self) -> None:
        """The other language, at once."""
        self.choose_language(other_language(self.say.language, self.languages))

    def choose_language(self, language: str) -> None:
        """That one; where it cannot be remembered it holds until the app is closed."""
        self.use_language(language)
        try:
            self._journal.remember_language(language)
        except DiaryUnavailable:
            return

    def use_language(self, language: str) -> None:
        """Show everything in that language."""
        self.say = Texts(self._with.catalogues(language))
        if self.today is not None:
            self.visits = self._journal.visits(language)
        self._with.host.show_language(language)

    def take_update(self) -> None:
        """Change to the newer version."""
        self._with.host.take_update()

    @property
    def works_here(self) -> bool:
        """Whether this version could open the diary that is on this phone."""
        return self.problem not in _OF_THIS_PHONE - {Problem.FULL}

    def open_newest(self) -> None:
        """A newer version has been here: change to it where there is one, else try again."""
        self._with.host.take_update()
        self.open_again()

    def put_off_update(self) -> None:
        """Go on with this version for now: what is saved is sent all the same."""
        self._update_put_off = True
        self.open_again()

    def stay_in_browser(self) -> None:
        """Enrol without the home screen, knowing what that means."""
        self._in_browser = True
        self.open_again()

    @property
    def phone_to_call(self) -> str:
        """The department's number; before enrolment, the person who gave the code."""
        return (
            self.belonging.site.contact.phone.replace(" ", "\u00a0") if self.belonging else self.say("your study nurse")
        )

    # ---- the PIN ---------------------------------------------------------------------------------------

    def _enrolled(self) -> None:
        """A new code stands for a forgotten PIN: it is remembered until another one is chosen."""
        if self._journal.keyring.lock() is Lock.LOCKED:
            self._remember(Preference.PIN_FORGOTTEN, "yes")
        self._open_place()

    def _pin_settled(self) -> None:
        was = self.place
        if self._journal.preference(Preference.PIN_FORGOTTEN):
            self._remember(Preference.PIN_FORGOTTEN, "")
        self._open_place()
        if was is Place.DIARY:
            self._with.go(SETTINGS)
        elif self.place in _UNLOCKED:
            self._take_up()

    def _take_up(self) -> None:
        """Go on where the lock came between; after a start, with the draft."""
        interrupted, self._interrupted = self._interrupted, None
        if interrupted is not None:
            self._keep(interrupted)
        elif self._route != HOME:
            self._resume()
        self._route = HOME

    def go_away(self) -> None:
        """The app is no longer looked at."""
        self._away.begin()

    def come_back(self) -> None:
        """It is looked at again; after a while only with the PIN."""
        if self._away.end() >= LOCK_AFTER_SECONDS and self._opened is not None:
            self._lock(self._opened.keyring)
        self.refresh()

    def _lock(self, keyring: Keyring) -> None:
        if keyring.lock() is not Lock.OPEN:
            return
        self.question_left()
        self.history.put_away()
        keyring.shut()
        if keyring.lock() is Lock.LOCKED:
            self._interrupted, self.filling = self.filling, None
            self._open_place()

    def change_pin(self) -> None:
        """Another PIN."""
        self.pin.change()
        self._with.go(PIN)

    def leave_pin(self) -> None:
        """The PIN stays as it is."""
        self.pin.leave()
        self.show_settings()

    # ---- beside the diary ------------------------------------------------------------------------------

    def _reminders_decided(self) -> None:
        if self._remember(Preference.REMINDERS_ASKED, "yes"):
            self._open_place()

    def _remember(self, name: Preference, value: str) -> bool:
        try:
            self._journal.remember(name, value)
        except DiaryUnavailable as fault:
            self.show_problem(problem_of(fault.code))
            return False
        return True

    async def test_reminder(self) -> None:
        """As a bystander would see it."""
        await self.reminding.test(self.display_name, self.say("Time for the diary"))

    def show_today(self) -> None:
        """The first screen."""
        self.refresh()
        self._with.go(HOME)

    def show_history(self) -> None:
        """What has been; read beforehand, so that its screen is never empty."""
        try:
            self.history.read()
        except DiaryUnavailable as fault:
            self.show_problem(problem_of(fault.code))
        else:
            self._with.go(HISTORY)

    def show_settings(self) -> None:
        """How the app is set."""
        self._with.go(SETTINGS)

    def show_reminders(self) -> None:
        """Whether the phone reminds."""
        self._with.go(REMINDERS)

    def show_about(self) -> None:
        """What this is, and what it is made of."""
        self._with.go(ABOUT)

    @property
    def licences(self) -> str:
        """Where the licence texts can be read."""
        server = self.belonging.installation.server_url if self.belonging else self._with.host.server_url()
        return f"{server}/app/licences.txt"

    def read_settings(self) -> None:
        """They come on the screen."""
        self.reminding.look()
        self.settings.read(self.sync)

    async def tell_why(self) -> None:
        """What got in the way on the evenings without an entry."""
        try:
            await self.asking_why.tell()
        except DiaryUnavailable as fault:
            self.show_problem(problem_of(fault.code))

    def leave_why_open(self) -> None:
        """The participant does not say; nobody asks again."""
        try:
            self.asking_why.skip()
        except DiaryUnavailable as fault:
            self.show_problem(problem_of(fault.code))

    async def pause_reminders(self, pause: str) -> None:
        """For so many days."""
        try:
            await self.settings.pause(pause)
        except DiaryUnavailable as fault:
            self.show_problem(problem_of(fault.code))
        else:
            self._with.link.wake()

    # ---- filling in ------------------------------------------------------------------------------------

    def start_practice(self) -> None:
        """The questions once, for practice."""
        self._fill(self._journal.practise())

    def start_diary(self) -> None:
        """The evening's questions, going on where they were left."""
        self.refresh()
        card = self.today.card if self.today else None
        if card is not None and card.day is not None and card.kind in {CardKind.OPEN, CardKind.LATE}:
            self._fill(self._journal.begin(card.day))

    def change_entry(self) -> None:
        """Look at tonight's answers again, and change them."""
        card = self.today.card if self.today else None
        if card is not None and card.day is not None and card.entry is not None:
            self.filling, self.reviewed, self.just_saved = self._journal.amend(card.day), True, None
            self._with.go(REVIEW)

    def start_visit(self, visit: str) -> None:
        """The next questionnaire of a visit, going on where it was left."""
        self.refresh()
        if to_do := next((one.to_do for one in self.visits if one.visit == visit), ()):
            self._fill(self._journal.begin_visit(to_do[0]))

    def change_visit(self, due: DueQuestionnaire) -> None:
        """Look at a saved visit questionnaire again, and change it."""
        self.filling, self.reviewed, self.just_saved = self._journal.amend_visit(due), True, None
        self._with.go(REVIEW)

    def _fill(self, filling: Filling) -> None:
        self.filling, self.reviewed, self.just_saved = filling, False, None
        self._with.go(question(filling.first_unanswered()))

    def answer(self, code: str, value: str) -> None:
        """Give or change one answer; kept at once."""
        if self.filling is not None:
            self._keep(self.filling.answered(code, answer_from(value)))

    def go_to_question(self, number: int) -> None:
        """From the review to one question."""
        self._with.go(question(number))

    def next_from(self, number: int) -> None:
        """On from a question: the next one, or the review."""
        filling = self.filling
        if filling is None or (number < filling.length and not self.reviewed):
            self._with.go(question(number + 1))
        else:
            self._with.go(LATE if self.asks_why_late else REVIEW)

    def back_from(self, number: int) -> None:
        """Back from a question: the one before, or today; what is answered stays."""
        if self.reviewed:
            self._with.go(REVIEW)
        elif number > 1:
            self._with.go(question(number - 1))
        else:
            self.put_away()

    def put_away(self) -> None:
        """Back to today; what is answered so far stays as a draft."""
        self.filling = None
        self.refresh()
        self._with.go(HOME)

    async def discard_change(self) -> None:
        """Leave the saved answers as they are."""
        self._drafting.forget()
        if self.filling is not None:
            await self._journal.drop_draft(self.filling)
        self.put_away()

    def question_shown(self, number: int) -> None:
        """A question came on the screen; the time on it is part of the record."""
        if self.filling is not None:
            self._page = (self.filling.item(number).code, self._with.environment.monotonic())

    def question_left(self) -> None:
        """It went off the screen."""
        if self.filling is not None and self._page is not None:
            code, since = self._page
            self._page = None
            self._keep(self.filling.timed(code, round((self._with.environment.monotonic() - since) * 1000)))

    @property
    def asks_why_late(self) -> bool:
        """The window has closed, the study wants a reason, and none is given yet."""
        filling, study = self.filling, self.belonging.study if self.belonging else None
        if filling is None or study is None or filling.replaces is not None or filling.late_reason is not None:
            return False
        return study.diary.late_reason and self._journal.is_late(filling)

    def choose_late_reason(self, reason: str) -> None:
        """Why the entry is late."""
        if self.filling is not None:
            self._keep(replace(self.filling, late_reason=LateReason(reason)))

    def review(self) -> None:
        """All answers on one page."""
        self.reviewed = True
        self._with.go(REVIEW)

    def reviewing(self) -> None:
        """The review came on the screen: from here every way leads back to it."""
        self.reviewed = True

    def tell_who_tapped(self, *, helped: bool) -> None:
        """Whether someone else tapped what the participant said."""
        if self.filling is not None:
            self._keep(replace(self.filling, filled_by=FilledBy.SOMEONE_TAPPED if helped else FilledBy.SELF))

    async def save(self) -> None:
        """The tap that counts; another one while it is being stored does nothing."""
        filling = self.filling
        if filling is None or not filling.complete or self._saving:
            return
        self._saving = True
        self._drafting.forget()
        try:
            self.just_saved = await self._journal.save(filling, self.say.language)
        except DiaryUnavailable as fault:
            self._not_kept(fault)
            return
        finally:
            self._saving = False
        self.filling = self._interrupted = None
        self._with.link.wake()
        self.refresh()
        self._with.go(HOME)

    def _keep(self, filling: Filling) -> None:
        if not self._saving:
            self.filling = filling
            self._drafting.keep(filling)

    def _not_kept(self, fault: DiaryUnavailable) -> None:
        if fault.code is Code.DIARY_LOCKED:
            self._interrupted, self.filling = self.filling, None
            self._open_place()
        else:
            self.show_problem(problem_of(fault.code))
