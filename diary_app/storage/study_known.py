"""What the phone knows of the study and of the participant's schedule."""

from functools import lru_cache

from sqlalchemy import Connection

from diary_app.core.facts import SCHEDULE_RECORDS, Fact, FactInvalid, fact_from_record
from diary_app.core.records import parse
from diary_app.core.settled import on_the_phone
from diary_app.core.study import Study, parse_study
from diary_app.storage import chain, installations, meta, told
from diary_app.storage.meta import Name
from diary_app.storage.vault import Vault

_SCHEDULE_KINDS = tuple(sorted(SCHEDULE_RECORDS))


class StudyKnown:
    """The study file is read once for as long as it stays the same; the caller owns the connection."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._study: Study | None = None

    def study(self, connection: Connection) -> Study:
        """As last received. Raises `DiaryUnavailable` (not_enrolled)."""
        digest = meta.get(connection, Name.STUDY)
        if self._study is None or self._study.sha256 != digest:
            text = digest and told.study_text(connection, digest)
            if not text:
                raise installations.not_enrolled()
            self._study = parse_study(text, file="the study file on this phone")
        return self._study

    def facts(self, connection: Connection) -> tuple[Fact, ...]:
        """The server's, then this phone's own schedule records that the server has not told back."""
        server = tuple(told.facts(connection, meta.get(connection, Name.SHOWN_EPOCH) or ""))
        contents = chain.contents_of_kinds(connection, _SCHEDULE_KINDS)
        own = (_own_fact(text) for content in contents if (text := self._vault.text(content)))
        return on_the_phone(server, (fact for fact in own if fact))


@lru_cache(maxsize=1024)
def _own_fact(text: str) -> Fact | None:
    """None for a record that only another version of the app reads as a fact; each text is read once."""
    try:
        return fact_from_record(parse(text))
    except FactInvalid:
        return None
