"""How many records fit into one request; pure."""

import json
from collections.abc import Sequence

from diary_app.core.records import Record
from diary_app.core.wire import MAX_BODY_BYTES

ROOM_FOR_THE_REST = 8 * 1024


def fitting(records: Sequence[Record], limit: int = MAX_BODY_BYTES - ROOM_FOR_THE_REST) -> tuple[Record, ...]:
    """As many from the front as fit into `limit` bytes of JSON; always the first, so that no queue stands still."""
    size = 0
    for count, record in enumerate(records):
        size += len(json.dumps(record.text, ensure_ascii=False).encode()) + 1
        if size > limit and count:
            return tuple(records[:count])
    return tuple(records)
