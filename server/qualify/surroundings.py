"""The machine and the settings: versions, room, clock, address, and nothing of a try-out left."""

import platform
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator

from diary_app import VERSION
from diary_app.core.errors import XerodiaryError
from diary_app.core.study_check import check_study
from diary_app.core.times import TZDATA_VERSION
from diary_app.resources import LANGUAGES, instruments
from server.licensing import read_folder
from server.live_study import read_study
from server.qualify.finding import Finding, Verdict, held, left_open
from server.settings import Settings
from server.ways import VERIFIED, Way, exposed, is_guarded_otherwise

ROOM_BYTES = 1 << 30
_CALLED = {Way.DATABASE: "database", Way.MAIL: "mail server", Way.SMS: "gateway for text messages", Way.PROXY: "proxy"}
#: What is looked for on the way to each.
_SAFE = {
    Way.DATABASE: f"this machine, or sslmode={VERIFIED}", Way.MAIL: "this machine, or starttls or tls",
    Way.SMS: "this machine, or https", Way.PROXY: "this machine",
}  # fmt: skip
_PYTHON = (3, 11)
_SYNCHRONISED = "the clock follows a time server"


def versions() -> Iterator[Finding]:
    """What is installed, for the file; and whether this Python will do."""
    yield Finding("program: version", "the released one", VERSION, Verdict.PASSED)
    yield held(
        "program: Python", "3.11 or newer", platform.python_version(), holds=sys.version_info[:2] >= _PYTHON,
        remedy="Install a newer Python.",
    )  # fmt: skip
    yield Finding("program: time zones", "recorded", f"tzdata {TZDATA_VERSION}", Verdict.PASSED)
    yield Finding("program: SQLite", "recorded", sqlite3.sqlite_version, Verdict.PASSED)


def sane(settings: Settings) -> Iterator[Finding]:
    """What suits a try-out and no study."""
    yield held(
        "settings: address", "XERODIARY_PUBLIC_URL is https", settings.public_url,
        holds=settings.public_url.startswith("https://"), remedy="Set XERODIARY_PUBLIC_URL to the https address.",
    )  # fmt: skip
    yield held(
        "settings: https only", "true", str(settings.https_only).lower(), holds=settings.https_only,
        remedy="Set XERODIARY_HTTPS_ONLY=true.",
    )  # fmt: skip
    yield held(
        "settings: second factor", "required", settings.second_factor, holds=settings.second_factor == "required",
        remedy="Set XERODIARY_SECOND_FACTOR=required.",
    )  # fmt: skip
    debugging = settings.log_level == "debug" or sys.flags.dev_mode
    yield held(
        "settings: no debugging", "neither debug logs nor Python's development mode",
        f"log level {settings.log_level}, development mode {'on' if sys.flags.dev_mode else 'off'}",
        holds=not debugging, remedy="Set XERODIARY_LOG_LEVEL=info, and unset PYTHONDEVMODE.",
    )  # fmt: skip
    yield held(
        "settings: messages leave", "XERODIARY_OUTBOX is false", str(settings.outbox).lower(),
        holds=not settings.outbox, remedy="Unset XERODIARY_OUTBOX.",
    )  # fmt: skip
    yield from _ways(settings)
    yield held(
        "settings: backups", "XERODIARY_BACKUP_FOLDER is set", settings.backup_folder or "not set",
        holds=settings.backup_folder is not None, remedy="Set XERODIARY_BACKUP_FOLDER, best to another disk.",
    )  # fmt: skip


def _ways(settings: Settings) -> Iterator[Finding]:
    """To whatever is on another machine. What is said to be guarded otherwise a person has to look at."""
    found = {one.way: one for one in exposed(settings)}
    set_up = {
        Way.DATABASE: not settings.database_url.startswith("sqlite"), Way.MAIL: settings.smtp_host,
        Way.SMS: settings.sms_url, Way.PROXY: settings.trusted_proxies,
    }  # fmt: skip
    for way, expected in _SAFE.items():
        name, one = f"settings: way to the {_CALLED[way]}", found.get(way)
        if one is not None and is_guarded_otherwise(settings, way):
            yield left_open(
                name, expected, f"{one.seen}, said to be guarded otherwise", "Look what guards it, and note it down."
            )
        elif set_up[way]:
            seen, remedy = (one.seen, f"{one.setting}: {one.remedy}") if one else ("so it is", "")
            yield held(name, expected, seen, holds=one is None, remedy=remedy)


def study(settings: Settings) -> Iterator[Finding]:
    """The study file is sound and approved, and licensed questionnaires have their licence."""
    name, expected = "study: file", "no fault"
    try:
        found = read_study(settings)
        problems = [str(one) for one in check_study(found, instruments(), LANGUAGES)]
        read_folder(settings.licence_folder)
    except XerodiaryError as error:
        yield held(name, expected, error.message, holds=False, remedy=error.remedy)
        return
    seen = "; ".join(problems) or f"{found.id} {found.version}, SHA-256 {found.sha256}"
    yield held(name, expected, seen, holds=not problems, remedy="xerodiary study check names every fault.")
    yield held(
        "study: approvals", "protocol, ethics and data protection are named",
        "a demonstration" if found.is_demonstration else "named", holds=not found.is_demonstration,
        remedy="Name the approvals in the study file.",
    )  # fmt: skip


def room(settings: Settings) -> Iterator[Finding]:
    """Space where the server writes."""
    for what, folder in (("var folder", settings.var_folder), ("backup folder", settings.backup_folder)):
        if folder is None:
            continue
        if not folder.is_dir():
            yield held(
                f"room: {what}", "it is there", f"{folder} is not there", holds=False, remedy="Create it, or correct "
                "the setting.",
            )  # fmt: skip
            continue
        free = shutil.disk_usage(folder).free
        yield held(
            f"room: {what}", "1 GiB at least", f"{free / ROOM_BYTES:.1f} GiB", holds=free >= ROOM_BYTES,
            remedy="Make room.",
        )  # fmt: skip


def time_server() -> Finding:
    """Whether the machine's clock follows a time server, as systemd knows it."""
    command = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        said = ""
    return followed(said)


def followed(said: str) -> Finding:
    """What systemd's word means: yes, no, or nothing."""
    name, remedy = "clock: time server", "Turn on chrony or systemd-timesyncd; where neither is, look by hand."
    if said not in ("yes", "no"):
        return left_open(name, _SYNCHRONISED, "this machine cannot say", remedy)
    return held(name, _SYNCHRONISED, said, holds=said == "yes", remedy=remedy)
