"""Puts the routes of a part into the application as they are, instead of building each of them once more."""

from fastapi import APIRouter, FastAPI


def add_routes(app: FastAPI, part: APIRouter) -> None:
    """What `include_router` does for a part that asks for nothing more: prefix and checks are in its routes already.

    `include_router` would make every route anew at the first request, models and dependencies included: a third of a
    second of each start, and all of it a second time in memory.
    """
    app.router.routes.extend(part.routes)
