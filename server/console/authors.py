"""What whoever wrote a fact down is called: staff by their names, the server and its command line in words."""

from collections.abc import Mapping

from diary_app.core.catalogue import Catalogue
from server.intake.known import COMMAND_LINE, SERVER


def author(texts: Catalogue, names: Mapping[str, str], written_by: str) -> str:
    """`names`: of accounts, by id."""
    if written_by == COMMAND_LINE:
        return texts.text("at the server itself")
    if written_by == SERVER:
        return texts.text("the server")
    return names.get(written_by, written_by)
