"""How many records fit into one request; pure."""

import json
from collections.abc import Sequence

from diary_app.core.wire import MAX_BODY_BYTES

ROOM_FOR_THE_REST = 8 * 1024


def fitting(texts: Sequence[str], limit: int = MAX_BODY_BYTES - ROOM_FOR_THE_REST) -> tuple[str, ...]:
    """As many from the front as fit into `limit` bytes of JSON; always the first, so that no queue stands still."""
    size = 0
    for count, text in enumerate(texts):
        size += len(json.dumps(text, ensure_ascii=False).encode()) + 1
        if size > limit and count:
            return tuple(texts[:count])
    return tuple(texts)
