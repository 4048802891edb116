"""Study versions that were ever live; an entry is judged under the one it was made with."""

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


@lru_cache(maxsize=16)
def _parsed(text: str) -> Study:
    return parse_study(text, file="study version in the database")
