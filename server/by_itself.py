"""Requests that no person has made: what an open page asks by itself keeps nobody logged in."""

from collections.abc import Container

#: The header that our own scripts put on what they ask without anybody's doing.
HEADER = "x-by-itself"
#: What is never asked by a person, with the header or without: of sites and participants, and below it of other things.
NEWS = "/console/news"
#: Where a page goes by itself that nobody uses any more.
RESTING = "/console/resting"


def is_by_itself(path: str, headers: Container[str]) -> bool:
    """Whether a page has asked this and not a person. `headers`: their names, in any case as Starlette keeps them."""
    return is_news(path) or path == RESTING or HEADER in headers


def is_news(path: str) -> bool:
    """Whether it is asked whether a page has changed."""
    return path == NEWS or path.startswith(f"{NEWS}/")
