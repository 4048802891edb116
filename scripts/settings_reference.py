"""Writes docs/settings.md from the settings themselves: `python scripts/settings_reference.py`. A test compares."""

import sys
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from server.settings import PREFIX, Settings  # noqa: E402

PAGE = ROOT / "docs/settings.md"
HEAD = """# Settings

Written by `scripts/settings_reference.py` from `server/settings.py`. Each is an environment variable; every one has a
default that suits a try-out on one machine. An empty variable counts as not set. What is wrong is named at the start.

| variable | what it sets | accepts | default |
|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(line(name, field) for name, field in Settings.model_fields.items())


def line(name: str, field: FieldInfo) -> str:
    """One row of the table."""
    what = " ".join((field.description or "").replace("|", "\\|").split())
    return f"| `{PREFIX}{name.upper()}` | {what} | {accepted(field)} | {default(field)} |\n"


def accepted(field: FieldInfo) -> str:
    """What may be written, as far as a few words say it."""
    inner = _without_none(field.annotation)
    if get_origin(inner) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(inner))
    if inner is bool:
        return "`true` or `false`"
    limits = {name: getattr(one, name) for one in field.metadata for name in ("ge", "le") if hasattr(one, name)}
    if limits:
        return f"{limits.get('ge', '')} to {limits.get('le', '')}".strip()
    return {Path: "a path", int: "a number"}.get(inner, "text")


def default(field: FieldInfo) -> str:
    """What holds when it is not set; its description says more where it depends on others."""
    if field.default is PydanticUndefined or field.default is None:
        return "see there" if field.default_factory or "Default:" in (field.description or "") else "none"
    value = str(field.default).lower() if isinstance(field.default, bool) else field.default
    return f"`{value}`"


def _without_none(annotation: Any) -> Any:
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
    return kinds[0] if type(None) in get_args(annotation) and len(kinds) == 1 else annotation


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
