"""Whether what the app depends on exists for phones and desktops, as far as installed metadata can tell.

A pure package runs anywhere. One with compiled parts needs a wheel for each platform; those are listed by name, with
what is known, in the table of docs/native-builds.md, and a new one fails here until somebody has looked.
"""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/native-builds.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKED = (ROOT / "requirements/dev.lock").read_text(encoding="utf-8")
PYTHON = {"python_version": "3.14", "python_full_version": "3.14.6", "implementation_name": "cpython"}
NAMES = {
    "android": ("android", "Android", "arm64", "posix"),
    "ios": ("ios", "iOS", "arm64", "posix"),
    "macos": ("darwin", "Darwin", "arm64", "posix"),
    "windows": ("win32", "Windows", "AMD64", "nt"),
    "linux": ("linux", "Linux", "x86_64", "posix"),
}
MARKERS = ("sys_platform", "platform_system", "platform_machine", "os_name")
PLATFORMS = {platform: dict(zip(MARKERS, names, strict=True)) for platform, names in NAMES.items()}


def wanted(lines: list[str], surroundings: dict[str, str], extras: tuple[str, ...] = ("",)) -> Iterator[Requirement]:
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({**surroundings, "extra": extra}) for extra in extras):
            yield requirement


def installed_on(platform: str) -> set[str]:
    """Everything that `flet build` would install there, followed through the metadata of each package."""
    surroundings = PYTHON | PLATFORMS[platform]
    found: set[str] = set()
    waiting = list(wanted(PROJECT["dependencies"], surroundings))
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name not in found:
            found.add(name)
            extras = ("", *requirement.extras)
            waiting += wanted(distribution(name).requires or [], surroundings, extras)
    return found


def is_pure(name: str) -> bool:
    wheel = distribution(name).read_text("WHEEL") or ""
    return "Root-Is-Purelib: true" in wheel


def explained() -> dict[str, str]:
    """Rows of the guide's table: package, what is known."""
    part = GUIDE.split("## Packages with compiled parts")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \|$", part, flags=re.MULTILINE))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_package_is_pure_or_explained(platform: str) -> None:
    compiled = {name for name in installed_on(platform) if not is_pure(name)}
    assert compiled - set(explained()) == set()


def test_no_explanation_has_outlived_its_package() -> None:
    everywhere = {name for platform in PLATFORMS for name in installed_on(platform)}
    assert {name for name in explained() if name not in everywhere or is_pure(name)} == set()


@pytest.mark.parametrize("name", explained())
def test_the_guide_names_the_version_in_the_lock_file(name: str) -> None:
    locked = re.search(rf"^{name}==([^\s;\\]+)", LOCKED, flags=re.MULTILINE)
    assert locked is not None
    assert locked.group(1) in explained()[name]


def test_server_and_test_tools_do_not_reach_a_phone() -> None:
    kept_away = {"fastapi", "uvicorn", "typer", "jinja2", "psycopg", "pytest", "playwright", "flet-web", "sqlmodel"}
    assert installed_on("android") & kept_away == set()
