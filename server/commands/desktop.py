"""`xerodiary app`: what has to be there before the participant's app can open a window on a desktop."""

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from diary_app.core.enrolment_link import LOOPBACK
from diary_app.core.errors import Code, CommandRefused

CLIENT_REMEDY = (
    "Connect to the internet once, or unpack Flet's client for this version and name its folder in FLET_VIEW_PATH; "
    "docs/native-builds.md says where it is."
)


def prepare(server: str, database: Path | None) -> None:
    """Tell the app its server and its file, and see that a window can open. Raises `CommandRefused`."""
    check_address(server)
    check_screen()
    check_package()
    fetch_client()
    if server:
        os.environ["DIARY_SERVER"] = server
    if database is not None:
        os.environ["DIARY_DB"] = str(database)
    Path(os.environ.get("DIARY_DB", "var/diary.db")).parent.mkdir(parents=True, exist_ok=True)


def check_address(server: str) -> None:
    """Answers never travel in the clear."""
    address = urlsplit(server)
    if not server or (address.scheme == "https" and address.hostname):
        return
    if address.scheme == "http" and address.hostname in LOOPBACK:
        return
    raise CommandRefused(
        Code.ADDRESS_NOT_SAFE,
        f"{server} is neither an https address nor loopback.",
        "Name the server as https://diary.example, or http://127.0.0.1:8765 for the demonstration.",
    )


def check_screen() -> None:
    """Without a screen Flet would open a web server in place of a window, which nobody asked for."""
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        raise CommandRefused(
            Code.NO_SCREEN,
            "There is no screen to open a window on.",
            "Run it in a desktop session, or under xvfb-run; `xerodiary demo` serves the same app to a browser.",
        )


def check_package() -> None:
    """Flet would install the package by itself, past the hashes of the lock file."""
    wanted = version("flet")
    try:
        found = version("flet-desktop")
    except PackageNotFoundError:
        found = ""
    if found != wanted:
        raise CommandRefused(
            Code.DESKTOP_CLIENT_MISSING,
            f"The package flet-desktop {wanted} is not installed.",
            f"Install it with: pip install flet-desktop=={wanted}",
        )


def fetch_client() -> None:
    """The window is a program of Flet's that is fetched once, before anything else starts."""
    if (Path(os.environ.get("FLET_VIEW_PATH") or os.devnull) / client_name()).exists():
        return
    from flet_desktop import ensure_client_cached

    try:
        ensure_client_cached()
    except OSError as error:
        raise CommandRefused(
            Code.DESKTOP_CLIENT_MISSING, f"Flet's desktop client could not be fetched: {error}.", CLIENT_REMEDY
        ) from error


def client_name() -> str:
    """What the client is called on this system."""
    return {"win32": "flet.exe", "darwin": "Flet.app"}.get(sys.platform, "flet")
