"""Makes pages: Jinja templates with every value escaped, in the language of whoever reads them."""

import hashlib
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from diary_app.core import languages
from diary_app.resources import LANGUAGES
from server.access.sessions import Staff
from server.console.areas import areas_for
from server.services import Services
from server.study_words import words_of

HOME = "/console/"
_HERE = Path(__file__).parent
_MEDIA_TYPES = MappingProxyType({".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"})


def render(
    template: str, services: Services, language: str, *, staff: Staff | None, status: int = 200, **values: Any
) -> HTMLResponse:
    """A whole page. `staff`: whoever is logged in, None before that."""
    words = words_of(services.study, language)
    usual: dict[str, Any] = {"desk": None, "refusal": None, "said": None, "waiting": {}, "news": None}
    html = _templates().get_template(template).render(
        t=words.text,
        count=words.count,
        language=language,
        languages=LANGUAGES,
        own_names={one.code: one.name for one in languages.LANGUAGES.values()},
        staff=staff,
        areas=areas_for(staff) if staff else (),
        study=services.study,
        idle_seconds=services.settings.session_idle_minutes * 60,
        static=static_address,
        **(usual | values),
    )  # fmt: skip
    return HTMLResponse(html, status)


def macro(template: str, name: str) -> Callable[..., Markup]:
    """A piece of a page that is drawn by itself; what it needs is handed to it."""
    found: Callable[..., Markup] = getattr(_templates().get_template(template).module, name)
    return found


def cell_drawer() -> Callable[[Hashable], Markup]:
    """Draws one cell of the heat map, each kind once: rows are mostly made of the same few."""
    return cache(macro("cell.html", "cell"))


def language_for(request: Request, services: Services) -> str:
    """Before anybody is logged in: as asked for in the address, else as the browser prefers, else the study's first."""
    staff: Staff | None = getattr(request.state, "staff", None)
    if staff is not None and staff.language in LANGUAGES:
        return staff.language
    accepted = request.headers.get("accept-language", "").split(",")
    preferred = [request.query_params.get("language", ""), *(part.strip()[:2].lower() for part in accepted)]
    first = services.study.languages[0]
    return next((one for one in preferred if one in LANGUAGES), first if first in LANGUAGES else LANGUAGES[0])


def safe(address: str) -> str:
    """The address if it is a page of the console, else the overview: nobody is led elsewhere."""
    inside = address.startswith(HOME) and "\\" not in address
    return address if inside and address.isprintable() else HOME


def static_address(name: str) -> str:
    """Where a static file is; another address when it changes, so that browsers may keep it for good."""
    return f"/console/static/{name}?v={hashlib.sha256(static_files()[name]).hexdigest()[:12]}"


@cache
def static_files() -> Mapping[str, bytes]:
    """The style sheet and the script, by name."""
    files = sorted((_HERE / "static").iterdir())
    return MappingProxyType({file.name: file.read_bytes() for file in files if file.suffix in _MEDIA_TYPES})


def media_type(name: str) -> str:
    """Of a static file."""
    return _MEDIA_TYPES[Path(name).suffix]


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
