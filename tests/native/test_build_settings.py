"""What `flet build` is told: real keys, neutral names and pictures, and only what belongs on a phone."""

import os
import re
import struct
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FLET = PROJECT["tool"]["flet"]
LISTED = (ROOT / "tests/native/flet_build_keys.txt").read_text(encoding="utf-8")
KEYS = frozenset(LISTED.splitlines()[1:])
HEALTH = re.compile(r"mouth|mund|saliva|spyt|xerostomi|cancer|kræft|symptom|clinical|klinisk", re.IGNORECASE)
PICTURES = {"icon.png": 1024, "icon_android.png": 1024, "splash.png": 768, "splash_dark.png": 768}
BELONGS = re.compile(
    r"main\.py|diary_app/((core|sealing|storage|sync|screens|widgets)/)?[a-z_]+\.(py|typed)"
    r"|assets/(instruments|studies)/[a-z0-9.-]+\.toml|assets/translations/[a-z]{2}/LC_MESSAGES/diary\.(po|mo)"
)


def keys_of(table: dict[str, Any], trail: str = "") -> Iterator[str]:
    """Every key that is set, down to those that Flet reads as a whole."""
    for name, value in table.items():
        key = f"{trail}{name}"
        if isinstance(value, dict) and key not in KEYS:
            yield from keys_of(value, f"{key}.")
        else:
            yield key


def packaged() -> Iterator[str]:
    """What would be in the app: everything below the root but what Flet and our own list leave out."""
    excluded = {*FLET["app"]["exclude"], "build"}
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        folders[:] = [name for name in folders if not left_out(here / name, excluded)]
        yield from (str(here / name) for name in files if not left_out(here / name, excluded))


def left_out(path: Path, excluded: set[str]) -> bool:
    hidden = len(path.parts) == 1 and path.name.startswith(".")
    return hidden or path.as_posix() in excluded or path.name == "__pycache__" or path.suffix == ".egg-info"


def size_of(picture: str) -> tuple[int, int]:
    width, height = struct.unpack(">II", (ROOT / "assets" / picture).read_bytes()[16:24])
    return width, height


def test_every_key_is_one_that_flet_reads() -> None:
    assert sorted(set(keys_of(FLET)) - KEYS) == []


def test_a_slip_in_a_key_would_be_noticed() -> None:
    assert set(keys_of({"android": {"permision": {}, "adaptive_icon_backgroud": "#0A6A70"}})) - KEYS


def test_the_keys_were_read_from_the_version_in_use() -> None:
    pin = next(line for line in PROJECT["project"]["dependencies"] if line.startswith("flet=="))
    assert f"flet-cli {pin.removeprefix('flet==')} " in LISTED.splitlines()[0], "run scripts/flet_build_keys.py"


def test_only_the_app_and_its_assets_are_packaged() -> None:
    strangers = [name for name in packaged() if not BELONGS.fullmatch(name)]
    assert strangers == [], "leave them out in pyproject.toml, [tool.flet.app] exclude"


@pytest.mark.parametrize("name", ["main.py", "diary_app/app.py", "assets/studies/mesrix-more.toml"])
def test_what_the_app_needs_is_packaged(name: str) -> None:
    assert name in set(packaged())


def test_nothing_that_a_bystander_sees_speaks_of_health() -> None:
    seen = [FLET[key] for key in ("product", "bundle_id", "artifact", "company")]
    assert [words for words in seen if HEALTH.search(words)] == []


@pytest.mark.parametrize(("name", "size"), PICTURES.items())
def test_the_pictures_are_as_large_as_stores_ask(name: str, size: int) -> None:
    assert size_of(name) == (size, size)


def test_the_icon_has_no_transparent_edge() -> None:
    from scripts.draw_icons import ON_DEVICES, pixel

    icon = ON_DEVICES["icon.png"]
    assert {pixel(at, at, icon)[3] for at in (0, 511, 1023)} == {255}


def test_android_asks_for_the_network_and_notifications_only() -> None:
    assert set(FLET["android"]["permission"]) == {
        "android.permission.INTERNET", "android.permission.POST_NOTIFICATIONS",
    }  # fmt: skip


def test_android_neither_backs_up_nor_speaks_in_the_clear() -> None:
    assert FLET["android"]["manifest_application"] == {"allowBackup": "false", "usesCleartextTraffic": "false"}


def test_ios_asks_for_nothing() -> None:
    assert [key for key in FLET["ios"]["info"] if key.endswith("UsageDescription")] == []
