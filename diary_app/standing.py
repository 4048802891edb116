"""What is said in the diary's name while it is closed: that this phone is there, and how much it still holds.

The page's service worker posts it when a reminder arrives, with the clock of that moment. No answers are in it.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from diary_app.core.wire import CONTACT_PATH, CURRENT, ContactRequest

if TYPE_CHECKING:
    from diary_app.storage.diary import Diary


def standing_of(diary: Diary, now: datetime) -> str | None:
    """Path, token and message as JSON; None before enrolment. Raises `DiaryUnavailable`."""
    installation = diary.installation()
    if installation is None:
        return None
    message = ContactRequest(
        protocol=CURRENT.number,
        device=installation.device,
        device_clock=now,
        head=diary.conversation.head(installation.device),
        pending=diary.waiting(),
    )
    return json.dumps({"path": CONTACT_PATH, "token": installation.token, "message": message.model_dump(mode="json")})
