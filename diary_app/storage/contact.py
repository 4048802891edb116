"""What one answer of the server means for the chain it was asked about; pure, so that acting on it is one transaction.

A receipt counts only when it echoes the hash that the phone itself computed. The server's own statement of how far
it holds the chain counts only when it names our hash there.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from diary_app.core.wire import Receipt, SyncAnswer, SyncRequest
from diary_app.storage.chain import Link


@dataclass(frozen=True)
class Contact:
    """`position`: everything up to it need not be sent again in this epoch.

    `from_zero`: the changes in this answer do not continue ours; ask for all of them. `rewound`: the server holds
    less of the chain than it did, or something else. `disputed`: ids receipted with another hash than ours.
    """

    position: int
    from_zero: bool
    rewound: bool
    receipts: tuple[tuple[str, Receipt], ...]
    disputed: tuple[str, ...]


def read_contact(
    request: SyncRequest, answer: SyncAnswer, sent: Sequence[Link], base: int, hash_at: Callable[[int], str | None],
    broken_at: int | None = None,
) -> Contact:  # fmt: skip
    """Classify the answer. `sent`: the records of the request; `base`: the sequence after which they begin.

    `broken_at`: where the chain is known to be broken; what is beyond is confirmed, and never held as a part of it.

    A locked phone cannot read what it sends; it knows its records by the ids and hashes beside them.
    """
    texts = zip(sent, request.records, strict=False)
    matched = [(record, receipt) for record, text in texts if (receipt := _receipt_for(record, text, answer))]
    disputed = tuple(record.id for record, receipt in matched if not _echoes(receipt, record))
    have = answer.have_through.sequence
    ours = hash_at(have) == answer.have_through.hash
    new_epoch = answer.epoch != request.epoch
    expected = base if broken_at is None else min(base, broken_at - 1)
    rewound = not new_epoch and (not ours or have < expected)
    position = have if ours else 0
    if not rewound and not new_epoch:
        position = max(position, base + (len(sent) if len(matched) == len(sent) else 0))
    if disputed:
        position = min(position, base)
    return Contact(
        position=position,
        from_zero=new_epoch or rewound,
        rewound=rewound,
        receipts=tuple((record.id, receipt) for record, receipt in matched if record.id not in disputed),
        disputed=disputed,
    )


def _receipt_for(record: Link, text: str, answer: SyncAnswer) -> Receipt | None:
    unread = hashlib.sha256(text.encode()).hexdigest()
    named = (receipt for receipt in answer.receipts if receipt.id == record.id)
    return next(named, None) or next((r for r in answer.receipts if not r.id and r.hash == unread), None)


def _echoes(receipt: Receipt, record: Link) -> bool:
    return not receipt.id or receipt.hash == record.hash
