"""What the phone knows of the study and of the participant's schedule."""

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

from sqlalchemy import Connection

from diary_app.core.errors import Code, DiaryUnavailable, FileInvalid
from diary_app.core.facts import SCHEDULE_RECORDS, Fact, FactInvalid, fact_from_record
from diary_app.core.records import parse
from diary_app.core.settled import on_the_phone
from diary_app.core.study import Study, parse_study
from diary_app.storage import chain, installations, meta, told
from diary_app.storage.meta import Name
from diary_app.storage.vault import Vault

_SCHEDULE_KINDS = tuple(sorted(SCHEDULE_RECORDS))


def shows_everything(_: Study) -> bool:
    """Where nothing is shown on a screen."""
    return True


class StudyKnown:
    """The study file is read once for as long as it stays the same; the caller owns the connection.

    A study is changed when it has to be, and an app when its participant does it. One that this version cannot read, or
    whose questionnaire it does not have (`can_show`), is kept for a newer version, and the diary goes on by the last
    one before it: whoever can fill in nothing loses an evening.
    """

    def __init__(self, vault: Vault, can_show: Callable[[Study], bool] = shows_everything) -> None:
        self._vault = vault
        self._can_show = can_show
        self._newest: str | None = None
        self._study: Study | None = None

    def study(self, connection: Connection) -> Study:
        """As last received and understood. Raises `DiaryUnavailable` (not_enrolled, study_invalid)."""
        newest = meta.get(connection, Name.STUDY)
        if self._study is None or self._newest != newest:
            self._newest, self._study = newest, self._understood(connection, newest)
        return self._study

    def is_understood(self, connection: Connection) -> bool:
        """Whether that is the study as it is now."""
        return self.study(connection).sha256 == meta.get(connection, Name.STUDY)

    def _understood(self, connection: Connection, newest: str | None) -> Study:
        text = newest and told.study_text(connection, newest)
        if not text:
            raise installations.not_enrolled()
        for one in (text, *told.study_texts(connection)):
            with suppress(FileInvalid):
                study = parse_study(one, file="the study file on this phone")
                if self._can_show(study):
                    return study
        raise _app_too_old()

    def facts(self, connection: Connection) -> tuple[Fact, ...]:
        """The server's, then this phone's own schedule records that the server has not told back."""
        server = tuple(told.facts(connection, meta.get(connection, Name.SHOWN_EPOCH) or ""))
        contents = chain.contents_of_kinds(connection, _SCHEDULE_KINDS)
        own = (_own_fact(text) for content in contents if (text := self._vault.text(content)))
        return on_the_phone(server, (fact for fact in own if fact))


def _app_too_old() -> DiaryUnavailable:
    return DiaryUnavailable(
        Code.STUDY_INVALID, "This version of the diary cannot read the study.", "Update the app; nothing is lost."
    )


@lru_cache(maxsize=1024)
def _own_fact(text: str) -> Fact | None:
    """None for a record that only another version of the app reads as a fact; each text is read once."""
    try:
        return fact_from_record(parse(text))
    except FactInvalid:
        return None
