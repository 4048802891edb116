"""What the server said of corrections, sealed like the entries that they are about; the caller owns the transaction."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from diary_app.core.wire import CorrectionTold
from diary_app.storage import meta
from diary_app.storage.meta import Name
from diary_app.storage.vault import Resting

#: What the sealed text is about.
ABOUT = "corrections"


def written(told: Sequence[Mapping[str, Any]]) -> str:
    """As a text to seal: what was told, as it was told."""
    return json.dumps({"told": [*told]}, sort_keys=True)


def read(text: str) -> Iterator[CorrectionTold]:
    """The corrections in such a text; those that only a newer app can read are passed over."""
    for one in json.loads(text)["told"]:
        with suppress(ValidationError):
            yield CorrectionTold.model_validate(one)


def content_of(connection: Connection) -> bytes | None:
    """The sealed text; None before the first correction."""
    kept = meta.get(connection, Name.CORRECTIONS)
    return b64decode(kept) if kept else None


def put(connection: Connection, content: bytes) -> None:
    """In place of what was told before."""
    meta.put(connection, Name.CORRECTIONS, b64encode(content).decode())


def resting(connection: Connection) -> list[Resting]:
    """The text as it rests."""
    content = content_of(connection)
    return [Resting(content, ABOUT)] if content else []
