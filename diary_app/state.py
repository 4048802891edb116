"""What the screens show and every intent a participant can have; screens read this and call it, nothing else.

Fields without an underscore are observed: setting one repaints. Where a screen lies is the router's business, so an
intent that leads elsewhere ends with `go`.
"""

from dataclasses import replace

import flet as ft

from diary_app.core.entries import FilledBy, LateReason
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.facts import DeviceState
from diary_app.enrolling import Enrolment
from diary_app.journal import Belonging, Journal, Saved
from diary_app.look import LARGE_FROM, Look
from diary_app.places import HOME, LATE, REVIEW, Place, Problem, question
from diary_app.questionnaire import Filling, answer_from
from diary_app.surroundings import Surroundings
from diary_app.sync.outcome import SyncOutcome
from diary_app.texts import LANGUAGES, Texts, other_language
from diary_app.today import CardKind, Today
from diary_app.visiting import DueQuestionnaire, DueVisit


@ft.observable
class DiaryState:
    """The participant's app between the screens and the diary."""

    def __init__(self, surroundings: Surroundings, language: str) -> None:
        self._with = surroundings
        self._opened: Journal | None = None
        self._page: tuple[str, float] | None = None
        self.say = Texts(surroundings.catalogues(language))
        self.place = Place.STARTING
        self.problem: Problem | None = None
        self.belonging: Belonging | None = None
        self.today: Today | None = None
        self.visits: tuple[DueVisit, ...] = ()
        self.waiting = 0
        self.sync: SyncOutcome | None = None
        self.filling: Filling | None = None
        self.reviewed = False
        self.just_saved: Saved | None = None
        self.enrolment = Enrolment(surroundings.link, surroundings.host, self._open_place)
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
        self._open_place()
        if self.place is not Place.PROBLEM:
            self.use_language(self._journal.language() or self.say.language)
        if self.place is Place.DIARY and route != HOME:
            self._resume()

    def open_again(self) -> None:
        """The participant did what was asked; try once more."""
        self.problem = None
        self.open()

    def enter_new_code(self) -> None:
        """The study has given this phone a new code."""
        self.problem, self.place = None, Place.WELCOME

    def refresh(self) -> None:
        """Time has passed, or the study has answered."""
        if self.place in {Place.DIARY, Place.PRACTICE}:
            self._open_place()

    def heard(self, outcome: SyncOutcome) -> None:
        """Sending or fetching has come to an end, well or not."""
        self.sync = outcome
        if self.place is not Place.WELCOME:
            self._open_place()
        if outcome.code is Code.PROTOCOL_TOO_OLD:
            self.show_problem(Problem.UPDATE)

    def _open_place(self) -> None:
        try:
            self.belonging = self._journal.belonging()
            self.problem = self._problem_of(self.belonging)
            if self.belonging is None or self.problem:
                self.place = Place.PROBLEM if self.problem else Place.WELCOME
                return
            self.today, self.waiting = self._journal.today(), self._journal.waiting()
            self.visits = self._journal.visits(self.say.language)
            self.place = Place.DIARY if self._journal.is_trained() else Place.PRACTICE
            self.update_waiting = self._with.host.update_waiting()
        except DiaryUnavailable:
            self.show_problem(Problem.STORAGE)

    def show_problem(self, problem: Problem) -> None:
        """Say what happened instead of showing the diary."""
        self.problem, self.place = problem, Place.PROBLEM

    def _problem_of(self, belonging: Belonging | None) -> Problem | None:
        if belonging is None:
            return Problem.HOME_SCREEN if self._with.host.needs_home_screen() else None
        states = {DeviceState.LOST: Problem.LOCKED, DeviceState.REPLACED: Problem.REPLACED}
        return states.get(belonging.installation.state)

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
        self.use_language(other_language(self.say.language, self.languages))
        self._journal.remember_language(self.say.language)

    def use_language(self, language: str) -> None:
        """Show everything in that language."""
        self.say = Texts(self._with.catalogues(language))
        if self.today is not None:
            self.visits = self._journal.visits(language)
        self._with.host.show_language(language)

    def take_update(self) -> None:
        """Change to the newer version."""
        self._with.host.take_update()

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

    def discard_change(self) -> None:
        """Leave the saved answers as they are."""
        if self.filling is not None:
            self._journal.drop_draft(self.filling)
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

    def save(self) -> None:
        """The tap that counts."""
        filling = self.filling
        if filling is None or not filling.complete:
            return
        try:
            self.just_saved = self._journal.save(filling, self.say.language)
        except DiaryUnavailable:
            self.show_problem(Problem.STORAGE)
            return
        self.filling = None
        self._with.link.wake()
        self.refresh()
        self._with.go(HOME)

    def _keep(self, filling: Filling) -> None:
        self.filling = filling
        try:
            self._journal.keep(filling)
        except DiaryUnavailable:
            self.show_problem(Problem.STORAGE)
