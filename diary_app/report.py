"""What a participant can send to whoever helps them: how the app stands, and nothing about them.

No answers, no token, no code, no contact data: versions, counts, states and stable codes only. It is in English, for
the study team, and names the phone by the first part of its id.
"""

from __future__ import annotations

import sys
import traceback
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

#: A frame of this app, wherever it is installed.
OURS = "diary_app/"


@dataclass(frozen=True)
class Device:
    """The diary's side of it, read at one moment."""

    at: datetime
    installation: Installation
    holdings: Holdings
    sending: Sending
    study_version: str
    lock: Lock


@dataclass
class Faults:
    """What nobody expected since the start: how often, and of which kind and where in the program the last one was.

    Never its words: they may hold what somebody answered.
    """

    number: int = 0
    last: str = "none since start"

    def note(self, fault: BaseException | None) -> None:
        """One more."""
        self.number += 1
        ours = [frame for frame in traceback.extract_tb(fault.__traceback__) if OURS in frame.filename] if fault else []
        place = f"{ours[-1].filename.rpartition(OURS)[2]}:{ours[-1].lineno}" if ours else "elsewhere"
        self.last = f"{type(fault).__name__ if fault else 'unknown'} at {place}"


def diagnostic_report(
    device: Device, host: Host, sync: SyncOutcome | None, appearance: Appearance, faults: Faults
) -> str:
    """One line a fact, `name: value`."""
    happened = {"faults": faults.number, "last fault": faults.last}
    facts = {**_about_app(host, appearance), **_about_diary(device), **_about_sending(device, sync), **happened}
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
        "last hindrance": (sync.hindrance if sync else None) or "none",
    }


def _yes_no(known: bool | None) -> str:
    return {True: "yes", False: "no", None: "unknown"}[known]
