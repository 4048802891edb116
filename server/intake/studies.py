"""Study versions that were ever live; an entry is judged under the one it was made with."""

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


def in_use_since(connection: Connection, study: Study) -> dict[str, datetime]:
    """Visit questionnaire -> when the first version of the study became live that had it active."""
    since: dict[str, datetime] = {}
    for text, at in state.study_texts(connection, study.id):
        for one in _parsed(text).instruments:
            if one.active:
                since.setdefault(one.code, at)
    return since


@lru_cache(maxsize=16)
def _parsed(text: str) -> Study:
    return parse_study(text, file="study version in the database")
