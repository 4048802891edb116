"""Where the participant is in the app, and what is shown there; what they can do is composed of parts.

Fields without an underscore are observed: setting one repaints. Where a screen lies is the router's business, so an
intent that leads elsewhere ends with `go`.
"""

from contextlib import suppress

import flet as ft

from diary_app.answering import Answering
from diary_app.asking import Asking
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.facts import DeviceState
from diary_app.enrolling import Enrolment
from diary_app.front_door import FrontDoor
from diary_app.history import History
from diary_app.journal import Belonging, Journal, Preference
from diary_app.locking_up import LockingUp
from diary_app.look import LARGE_FROM, LOW_BELOW, Look
from diary_app.pin_entry import PinEntry
from diary_app.places import HOME, OF_THIS_PHONE, UNTIL_AWAY_SECONDS, Place, Problem, problem_of
from diary_app.reminding import Reminding
from diary_app.sending import Sending
from diary_app.settings import Settings
from diary_app.surroundings import Surroundings
from diary_app.sync.outcome import Standing, SyncOutcome
from diary_app.texts import LANGUAGES, Texts, other_language, texts_of
from diary_app.today import CardKind, Today
from diary_app.updating import Updating
from diary_app.visiting import DueVisit
from diary_app.ways import Ways

_OF_STATE = {
    DeviceState.LOST: Problem.LOCKED,
    DeviceState.REPLACED: Problem.REPLACED,
    DeviceState.WITHDRAWN: Problem.WITHDRAWN,
}
_STILL_TO_DO = frozenset({CardKind.OPEN, CardKind.LATE, CardKind.DONE})
_UNLOCKED = frozenset({Place.DIARY, Place.PRACTICE, Place.REMINDERS})


@ft.observable
class DiaryState:
    """The participant's app between the screens and the diary."""

    def __init__(self, surroundings: Surroundings, language: str) -> None:
        self._with = surroundings
        self._opened: Journal | None = None
        self._route = HOME
        self._in_browser = False
        self.say = texts_of(surroundings.catalogues(language), None)
        self.place = Place.STARTING
        self.problem: Problem | None = None
        self.belonging: Belonging | None = None
        self.today: Today | None = None
        self.visits: tuple[DueVisit, ...] = ()
        self.sending = Sending()
        self.sync: SyncOutcome | None = None
        self.ended = False
        self.update_waiting = False
        self.large_text = self.low_window = False
        self._compose(surroundings)

    def _compose(self, surroundings: Surroundings) -> None:
        link, host, environment = surroundings.link, surroundings.host, surroundings.environment
        self.enrolment = Enrolment(link, host, self._enrolled)
        self.pin = PinEntry(environment, lambda: self._journal.keyring, self._pin_settled)
        self.door = FrontDoor(host, self.pin, self.enrolment, self._speak)
        self._locking_up = LockingUp(self.pin, lambda: self._journal, environment)
        self.reminding = Reminding(host, self._reminders_decided)
        self.settings = Settings(lambda: self._journal, surroundings, self.tell)
        self.history = History(lambda: self._journal, host, surroundings.go)
        self.asking = Asking(lambda: self._journal, surroundings, self.refresh, self.tell)
        self.updating = Updating(host, self.open_again)
        self.ways = Ways(surroundings.go, self.refresh, self.history, self.pin, self.tell)
        self.answering = Answering(
            lambda: self._journal, surroundings, lambda: self.say.language, self.ways.to_today, self.tell
        )

    @property
    def _journal(self) -> Journal:
        """The diary on this phone, opened when it is first needed. Raises `DiaryUnavailable`."""
        if self._opened is None:
            self._opened = self._with.open_journal()
        return self._opened

    # ---- what every screen shows -----------------------------------------------------------------------

    @property
    def is_demonstration(self) -> bool:
        """Until a study with all its approvals is known, every screen says so."""
        return self.belonging is None or self.belonging.study.is_demonstration

    @property
    def look(self) -> Look:
        """What the frame of every screen depends on."""
        return Look(self.say, self.is_demonstration, self.large_text, self.low_window)

    def text_measured(self, scale: float) -> None:
        """How large letters are on this device, 1 being the usual size."""
        self.large_text = scale >= LARGE_FROM

    def window_measured(self, width: float, height: float) -> None:
        """A phone that lies on its side has little height; the keyboard of one that stands does not count."""
        self.low_window = height < min(width, LOW_BELOW)

    @property
    def display_name(self) -> str:
        """What a bystander may see; neutral."""
        names = self.belonging.study.display_name if self.belonging else {}
        return names.get(self.say.language) or self.say("Diary")

    @property
    def phone_to_call(self) -> str:
        """The department's number; before enrolment, the person who gave the code."""
        return self.belonging.phone if self.belonging else self.say("your study nurse")

    # ---- the language ----------------------------------------------------------------------------------

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
        with suppress(DiaryUnavailable):
            self._journal.remember_language(language)

    def _speak(self, language: str) -> None:
        if language != self.say.language:
            self.choose_language(language)

    def _speak_as_agreed(self) -> None:
        """As the participant chose or else the site set; until that is known, as the phone prefers."""
        self.use_language(self._journal.language() or self.say.language)

    def texts(self, language: str) -> Texts:
        """The app's words in a language."""
        return texts_of(self._with.catalogues(language), self.belonging.study if self.belonging else None)

    def use_language(self, language: str) -> None:
        """Show everything in that language."""
        self.say = self.texts(language)
        if self.today is not None:
            self.visits = self._journal.visits(language)
        self._with.host.show_language(language)

    # ---- opening ---------------------------------------------------------------------------------------

    def welcome(self) -> None:
        """Greet somebody who has no diary yet, before the place for one is made."""
        self.problem = self._problem_of(None)
        self.place = Place.PROBLEM if self.problem else Place.WELCOME

    def open(self, route: str = HOME) -> None:
        """Show what the diary holds; an entry that was being filled in when the app went away is there again."""
        self._route = route
        self._open_place()
        try:
            if self.place is not Place.PROBLEM:
                self._speak_as_agreed()
                self.settings.remembered()
            if self.place is Place.DIARY and route != HOME:
                self._resume()
        except DiaryUnavailable as fault:
            self.tell(fault)

    def open_again(self) -> None:
        """The participant did what was asked; try once more."""
        self.open()
        if self.place is Place.DIARY:
            self.answering.keep_again()

    async def begin_at_home(self) -> None:
        """Another screen than the one that cannot be shown; what was being filled in is there as a draft."""
        self.answering.put_away()
        await self._with.environment.sleep(UNTIL_AWAY_SECONDS)
        self.open_again()

    def enter_new_code(self) -> None:
        """The study has given this phone a new code."""
        self.problem, self.place = None, Place.WELCOME

    def stay_in_browser(self) -> None:
        """Enrol without the home screen, knowing what that means."""
        self._in_browser = True
        self.open_again()

    @property
    def works_here(self) -> bool:
        """Whether this version could open the diary that is on this phone."""
        return self.problem not in OF_THIS_PHONE - {Problem.FULL}

    def refresh(self) -> None:
        """Time has passed, or the study has answered."""
        self.reminding.look()
        if self.place in _UNLOCKED:
            self._open_place()
            self.answering.leave_past(self.today.card if self.today else None)

    def heard(self, outcome: SyncOutcome) -> None:
        """Sending or fetching has come to an end, well or not."""
        self.sync = outcome
        told_for_good = self.problem in OF_THIS_PHONE
        if self.problem is Problem.UPDATE:
            told_for_good = outcome.standing is not Standing.ALL_SENT
        if self.place is not Place.WELCOME and not told_for_good:
            self._open_place()
        if self.place is Place.DIARY:
            self._refresh_history()
        if outcome.code is Code.PROTOCOL_TOO_OLD and not self.updating.is_put_off:
            self.show_problem(Problem.UPDATE)

    def _refresh_history(self) -> None:
        try:
            self.history.refresh()
        except DiaryUnavailable as fault:
            self.tell(fault)

    def show_problem(self, problem: Problem) -> None:
        """Say what happened instead of showing the diary."""
        if problem is not self.problem:
            self.settings.told = None  # what was done before, such as a file that was saved, was not about this
        self.problem, self.place = problem, Place.PROBLEM

    def _open_place(self) -> None:
        try:
            if self.problem is Problem.DAMAGED:
                self._journal.look_through(at_once=True)
            self.belonging = self._journal.belonging()
            self.say = self.texts(self.say.language)  # the study may have been changed
            self.problem = self._problem_of(self.belonging)
            if self.belonging is None or self.problem:
                self.place = Place.PROBLEM if self.problem else Place.WELCOME
                return
            self.sending, self.update_waiting = self._journal.sending(), self._with.host.update_waiting()
            self.place = self._place_before_diary() or self._open_diary()
        except DiaryUnavailable as fault:
            self.show_problem(problem_of(fault.code))

    def _place_before_diary(self) -> Place | None:
        place = self._locking_up.place()
        if place is Place.LOCKED:
            self.today = None
        return place

    def _open_diary(self) -> Place:
        self.today, self.visits = self._journal.today(), self._journal.visits(self.say.language)
        self.ended = self._journal.has_completed() and self.today.card.kind not in _STILL_TO_DO
        if not self._journal.is_trained():
            return Place.PRACTICE
        self.asking.look(self.today)
        asked = self._journal.preference(Preference.REMINDERS_ASKED) or not self.reminding.possible
        return Place.DIARY if asked else Place.REMINDERS

    def _problem_of(self, belonging: Belonging | None) -> Problem | None:
        if belonging is not None:
            return _OF_STATE.get(belonging.installation.state)
        return Problem.HOME_SCREEN if self._with.host.needs_home_screen() and not self._in_browser else None

    def _resume(self) -> None:
        self.answering.resume(self.today.card if self.today else None, self.visits)

    def tell(self, fault: DiaryUnavailable) -> None:
        """A part could not do what was asked of it; a lock meanwhile is no failure, it asks for the PIN."""
        if fault.code is Code.DIARY_LOCKED:
            self._open_place()
        else:
            self.show_problem(problem_of(fault.code))

    # ---- going away and coming back, the PIN -----------------------------------------------------------

    def go_away(self) -> None:
        """The app is no longer looked at."""
        self._locking_up.go_away()

    def come_back(self) -> None:
        """It is looked at again; after a while only with the PIN."""
        if self._locking_up.come_back() and self._opened is not None and self._locking_up.is_open:
            self._lock()
        self.refresh()

    def _lock(self) -> None:
        self.answering.question_left()
        self.history.put_away()
        if self._locking_up.shut():
            self.answering.interrupt()
            self._open_place()

    def _enrolled(self) -> None:
        try:
            self._open_place()
            self._speak_as_agreed()
        except DiaryUnavailable as fault:
            self.tell(fault)

    def _pin_settled(self) -> None:
        was = self.place
        try:
            self._locking_up.pin_settled()
        except DiaryUnavailable as fault:
            self.tell(fault)
            return
        self._with.link.wake()
        self._open_place()
        if was is Place.DIARY:
            self.ways.to_settings()
        elif self.place in _UNLOCKED:
            self._take_up()

    def _take_up(self) -> None:
        """Go on where the lock came between; after a start, with the draft."""
        if not self.answering.take_up() and self._route != HOME:
            self._resume()
        self._route = HOME

    # ---- beside the diary ------------------------------------------------------------------------------

    def start_diary(self) -> None:
        """The evening's questions, where there are any now."""
        self.refresh()
        card = self.today.card if self.today else None
        if card is not None and card.day is not None and card.kind in {CardKind.OPEN, CardKind.LATE}:
            self.answering.begin(card.day)

    def start_visit(self, visit: str) -> None:
        """The next questionnaire of a visit."""
        self.refresh()
        if to_do := next((one.to_do for one in self.visits if one.visit == visit), ()):
            self.answering.begin_visit(to_do[0])

    def _reminders_decided(self) -> None:
        try:
            self._journal.remember(Preference.REMINDERS_ASKED, "yes")
        except DiaryUnavailable as fault:
            self.tell(fault)
        else:
            self._open_place()

    def read_settings(self) -> None:
        """They come on the screen."""
        self.reminding.look()
        self.settings.read(self.sync)
