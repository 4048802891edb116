"""What a participant can send to whoever helps them: how the app stands, and nothing about them.

No answers, no token, no code, no contact data: versions, counts, states and stable codes only. It is in English, for
the study team, and names the phone by the first part of its id.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from diary_app import VERSION
from diary_app.core.pins import Lock
from diary_app.core.times import format_utc
from diary_app.host import Host
from diary_app.look import Appearance
from diary_app.sending import Sending
from diary_app.sync.outcome import SyncOutcome

if TYPE_CHECKING:
    from diary_app.storage.holdings import Holdings
    from diary_app.storage.installations import Installation


@dataclass(frozen=True)
class Device:
    """The diary's side of it, read at one moment."""

    at: datetime
    installation: Installation
    holdings: Holdings
    sending: Sending
    study_version: str
    lock: Lock


def diagnostic_report(device: Device, host: Host, sync: SyncOutcome | None, appearance: Appearance) -> str:
    """One line a fact, `name: value`."""
    facts = {**_about_app(host, appearance), **_about_diary(device), **_about_sending(device, sync)}
    return "\n".join(f"{name}: {value}" for name, value in facts.items())


def _about_app(host: Host, appearance: Appearance) -> dict[str, object]:
    return {
        "app version": VERSION,
        "python": f"{sys.version_info.major}.{sys.version_info.minor} on {sys.platform}",
        "mode": host.mode,
        "installed": _yes_no(host.installed()),
        "update waiting": _yes_no(host.update_waiting()),
        "reminders": host.reminders(),
        "storage kept": _yes_no(host.storage_kept()),
        "text size": appearance.text_size,
        "brightness": appearance.brightness,
        "contrast": appearance.contrast,
    }


def _about_diary(device: Device) -> dict[str, object]:
    installation, held = device.installation, device.holdings
    return {
        "reported at": format_utc(device.at),
        "phone": installation.device[:8],
        "phone state": installation.state,
        "lock": device.lock,
        "file version": held.file_version,
        "study version": device.study_version,
        "records": held.total,
        **{f"records of kind {kind}": number for kind, number in held.records.items()},
    }


def _about_sending(device: Device, sync: SyncOutcome | None) -> dict[str, object]:
    contact, offset = device.holdings.last_contact, device.installation.clock_offset_ms
    return {
        "records waiting": device.sending.records,
        "last contact": format_utc(contact) if contact else "never",
        "clock offset ms": "unknown" if offset is None else offset,
        "last outcome": sync.standing if sync else "none since start",
        "last code": (sync.code if sync else None) or "none",
    }


def _yes_no(known: bool | None) -> str:
    return {True: "yes", False: "no", None: "unknown"}[known]
