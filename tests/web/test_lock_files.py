"""The lock files hold what pyproject asks for, each wheel by its hash."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
BROWSER = {"sys_platform": "emscripten"}
EXTRAS = {"web.lock": (), "server.lock": ("server",), "dev.lock": ("server", "dev")}
ALL = (*EXTRAS, "build.lock")
#: What installs something: typed from the guide, by the image, by `make`.
INSTALLING = ("deploy/Containerfile", "docs/operations.md", "Makefile")


def told(part: str) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[part]
    return table


def project() -> dict[str, Any]:
    return told("project")


def lock_text(name: str) -> str:
    return (ROOT / "requirements" / name).read_text(encoding="utf-8")


def locked(name: str) -> dict[str, set[str]]:
    versions: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock_text(name), flags=re.MULTILINE):
        versions.setdefault(canonicalize_name(package), set()).add(version)
    return versions


@pytest.mark.parametrize("name", EXTRAS)
def test_lock_file_meets_every_requirement(name: str) -> None:
    wanted = [
        *project()["dependencies"],
        *(line for e in EXTRAS[name] for line in project()["optional-dependencies"][e]),
    ]
    versions = locked(name)
    for requirement in map(Requirement, wanted):
        if name == "web.lock" and requirement.marker and not requirement.marker.evaluate(BROWSER):
            continue
        found = versions.get(canonicalize_name(requirement.name), set())
        assert found, f"{requirement} is not in {name}: run scripts/lock.py"
        assert all(requirement.specifier.contains(version) for version in found), f"{requirement}: {found}"


def test_what_builds_the_package_is_locked_in_the_versions_of_everything_else() -> None:
    building = locked("build.lock")
    for requirement in map(Requirement, told("build-system")["requires"]):
        assert canonicalize_name(requirement.name) in building, f"{requirement}: run scripts/lock.py"
    for other in (locked("dev.lock"), locked("server.lock")):
        assert {name: versions for name, versions in building.items() if versions != other.get(name, versions)} == {}


@pytest.mark.parametrize("name", INSTALLING)
def test_nothing_is_installed_but_by_its_hash(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    commands = [command for line in lines for command in re.findall(r"\bpip install\b[^&;]*", line)]
    assert len(commands) >= 2
    for command in commands:
        is_ours = "--no-deps" in command and "--no-build-isolation" in command
        assert is_ours or re.search(r"--require-hashes -r requirements/\w+\.lock", command), command


@pytest.mark.parametrize("name", ALL)
def test_every_locked_package_carries_a_hash(name: str) -> None:
    blocks = re.split(r"\n(?=[A-Za-z0-9])", lock_text(name).strip())
    packages = [block for block in blocks if not block.startswith("#")]
    assert packages
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", block) for block in packages)


@pytest.mark.parametrize("name", ALL)
def test_no_lock_file_names_a_registry(name: str) -> None:
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", lock_text(name))


def test_browser_and_server_share_their_versions() -> None:
    browser, server = locked("web.lock"), locked("server.lock")
    assert {name: (versions, server[name]) for name, versions in browser.items() if versions != server.get(name)} == {}
