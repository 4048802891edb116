"""What the documents promise exists, and what exists is in the documents."""

from pathlib import Path

import click
import pytest
from typer.main import get_command

from scripts.screens import SHEETS, scenes_of
from scripts.screenshots_app import SCENES
from server.cli import app

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def commands(group: click.Group, trail: str = "xerodiary") -> list[str]:
    found: list[str] = []
    for name, command in group.commands.items():
        path = f"{trail} {name}"
        found += commands(command, path) if hasattr(command, "commands") else [path]
    return found


def every_command() -> list[str]:
    return commands(get_command(app))  # type: ignore[arg-type]


@pytest.mark.parametrize("command", every_command())
def test_every_command_is_in_the_operations_guide(command: str) -> None:
    assert f"`{command}`" in OPERATIONS


def test_every_link_of_the_readme_leads_somewhere() -> None:
    import re

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", readme) if "://" not in target]
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_screen_has_its_place_on_one_sheet() -> None:
    shown = [scene for sheet in SHEETS for scene in scenes_of(sheet)]
    assert sorted(shown) == sorted(SCENES)
    page = (ROOT / "docs/screens.md").read_text(encoding="utf-8")
    assert [sheet for sheet in SHEETS if f"(screens/{sheet}.webp)" not in page] == []
