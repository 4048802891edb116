"""An entry being filled in: its questions in turn, every answer kept as it is given, the review, Save."""

from collections.abc import Callable
from dataclasses import replace

import flet as ft

from diary_app.core.entries import FilledBy, LateReason
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.windows import DiaryDay
from diary_app.drafting import Drafting
from diary_app.journal import Journal
from diary_app.places import LATE, REVIEW, question
from diary_app.questionnaire import Filling, answer_from
from diary_app.saving import Saved
from diary_app.surroundings import Surroundings
from diary_app.today import Card, CardKind
from diary_app.visiting import DueQuestionnaire, DueVisit, visit_of


@ft.observable
class Answering:
    """Read by the screens of the questions, the review and Today.

    `leave` leads back to Today; `failed` hears when something could not be kept or the diary was locked meanwhile.
    """

    def __init__(
        self,
        journal: Callable[[], Journal],
        surroundings: Surroundings,
        language: Callable[[], str],
        leave: Callable[[], None],
        failed: Callable[[DiaryUnavailable], None],
    ) -> None:
        self._journal = journal
        self._with = surroundings
        self._language = language
        self._leave = leave
        self._failed = failed
        self._page: tuple[str, float] | None = None
        self._interrupted: Filling | None = None
        self._saving = False
        self._drafting = Drafting(journal, self._not_kept)
        self.filling: Filling | None = None
        self.reviewed = False
        self.just_saved: Saved | None = None

    # ---- beginning -------------------------------------------------------------------------------------

    def practise(self) -> None:
        """The questions once, for practice."""
        self._fill(self._journal().practise())

    def begin(self, day: DiaryDay) -> None:
        """A day's questions, going on where they were left."""
        self._fill(self._journal().begin(day))

    def amend(self, day: DiaryDay) -> None:
        """Look at a day's answers again, and change them."""
        self._change(self._journal().amend(day))

    def begin_visit(self, due: DueQuestionnaire) -> None:
        """A visit questionnaire, going on where it was left."""
        self._fill(self._journal().begin_visit(due))

    def amend_visit(self, due: DueQuestionnaire) -> None:
        """Look at a saved visit questionnaire again, and change it."""
        self._change(self._journal().amend_visit(due))

    def _fill(self, filling: Filling) -> None:
        self.filling, self.reviewed, self.just_saved = filling, False, None
        self._with.go(question(filling.first_unanswered()))

    def _change(self, filling: Filling) -> None:
        self.filling, self.reviewed, self.just_saved = filling, True, None
        self._with.go(REVIEW)

    # ---- going on after the app was away ---------------------------------------------------------------

    def resume(self, card: Card | None, visits: tuple[DueVisit, ...]) -> None:
        """What was on the screen when the app went away is there again, with its draft."""
        begun = [one for visit in visits for one in visit.to_do if one.begun]
        if card is not None and card.begun and card.day is not None:
            self.filling = None if begun else self._journal().begin(card.day)
        elif len(begun) == 1:  # of several nobody can tell which one was on the screen
            self.filling = self._journal().begin_visit(begun[0])

    def interrupt(self) -> None:
        """The diary is locked: the answers wait, out of sight, for the PIN; heard twice, they still do."""
        self._interrupted, self.filling = self.filling or self._interrupted, None

    def take_up(self) -> bool:
        """Go on where the lock came between; whether it did.

        An evening that has closed meanwhile is kept and no longer asked: whoever answers then means the next one.
        """
        interrupted, self._interrupted = self._interrupted, None
        if interrupted is None:
            return False
        self._keep(interrupted)
        if not interrupted.practice and self._with.environment.now() > interrupted.day.late_until:
            self.put_away()
        return True

    def leave_past(self, card: Card | None) -> None:
        """On a screen that was never left: once the next evening is open, whoever answers means that one.

        The one before is kept, and no longer asked. Until then it stays: somebody may be about to save it.
        """
        filling = self.filling
        if filling is None or filling.practice or visit_of(filling) or card is None or card.day is None:
            return
        if card.kind is not CardKind.NOT_YET and card.day.day > filling.day.day:
            self.put_away()

    def keep_again(self) -> None:
        """What could not be kept before."""
        if self.filling is not None:
            self._keep(self.filling)

    # ---- answering -------------------------------------------------------------------------------------

    def answer(self, code: str, value: str) -> None:
        """Give or change one answer; kept at once."""
        if self.filling is not None:
            self._keep(self.filling.answered(code, answer_from(value)))

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
        filling, belonging = self.filling, self._journal().belonging()
        if filling is None or belonging is None or filling.replaces is not None or filling.late_reason is not None:
            return False
        return belonging.study.diary.late_reason and self._journal().is_late(filling)

    def choose_late_reason(self, reason: str) -> None:
        """Why the entry is late."""
        if self.filling is not None:
            self._keep(replace(self.filling, late_reason=LateReason(reason)))

    def tell_who_tapped(self, *, helped: bool) -> None:
        """Whether someone else tapped what the participant said."""
        if self.filling is not None:
            self._keep(replace(self.filling, filled_by=FilledBy.SOMEONE_TAPPED if helped else FilledBy.SELF))

    # ---- from page to page -----------------------------------------------------------------------------

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

    def review(self) -> None:
        """All answers on one page."""
        self.reviewed = True
        self._with.go(REVIEW)

    def reviewing(self) -> None:
        """The review came on the screen: from here every way leads back to it."""
        self.reviewed = True

    # ---- ending ----------------------------------------------------------------------------------------

    def put_away(self) -> None:
        """Back to today; what is answered so far stays as a draft."""
        self.filling = None
        self._leave()

    async def discard_change(self) -> None:
        """Leave the saved answers as they are."""
        self._drafting.forget()
        if self.filling is not None:
            await self._journal().drop_draft(self.filling)
        self.put_away()

    async def save(self) -> None:
        """The tap that counts; another one while it is being stored does nothing."""
        filling = self.filling
        if filling is None or not filling.complete or self._saving:
            return
        self._saving = True
        self._drafting.forget()
        try:
            self.just_saved = await self._journal().save(filling, self._language())
        except DiaryUnavailable as fault:
            self._not_kept(fault)
            return
        finally:
            self._saving = False
        self.filling = self._interrupted = None
        self._with.link.wake()
        self._leave()

    def _keep(self, filling: Filling) -> None:
        if not self._saving:
            self.filling = filling
            self._drafting.keep(filling)

    def _not_kept(self, fault: DiaryUnavailable) -> None:
        if fault.code is Code.DIARY_LOCKED:
            self.interrupt()
        self._failed(fault)
