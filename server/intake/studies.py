"""Study versions that were ever live; an entry is judged under the one it was made with."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection

from diary_app.core.study import Study, parse_study
from server.db import state
from server.services import Services


def study_version(connection: Connection, services: Services, version: str) -> Study | None:
    """That version of the study being run; None when it was never live."""
    if version == services.study.version:
        return services.study
    sha256 = state.study_sha256(connection, services.study.id, version)
    text = state.study_text(connection, sha256) if sha256 else None
    return _parsed(text) if text else None


@dataclass(frozen=True)
class Use:
    """Since when a questionnaire was asked at visits, and until when; `until` is None while it still is."""

    since: datetime
    until: datetime | None = None

    def covers(self, closes: datetime) -> bool:
        """Whether a window that ends then could be filled in to its end."""
        return self.since < closes and (self.until is None or closes <= self.until)


def in_use(connection: Connection, study: Study) -> dict[str, Use]:
    """Every questionnaire that any version of the study had active, by when those versions became live."""
    found: dict[str, Use] = {}
    for text, at in state.study_texts(connection, study.id):
        active = {one.code for one in _parsed(text).instruments if one.active}
        for code in sorted(active | found.keys()):
            use = found.get(code, Use(at))
            found[code] = replace(use, until=None if code in active else use.until or at)
    return found


@lru_cache(maxsize=16)
def _parsed(text: str) -> Study:
    return parse_study(text, file="study version in the database")
