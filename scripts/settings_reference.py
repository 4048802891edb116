"""Writes docs/settings.md from the settings themselves: `python scripts/settings_reference.py`. A test compares."""

import sys
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from server.settings import PREFIX, Settings  # noqa: E402
from server.settings_words import accepted  # noqa: E402

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


def default(field: FieldInfo) -> str:
    """What holds when it is not set; its description says more where it depends on others."""
    if field.default is PydanticUndefined or field.default is None:
        return "see there" if field.default_factory or "Default:" in (field.description or "") else "none"
    value = str(field.default).lower() if isinstance(field.default, bool) else field.default
    return f"`{value}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
