"""What can be wrong with the trail, and where."""

from dataclasses import dataclass
from enum import StrEnum


class Flaw(StrEnum):
    """What is wrong at one place."""

    MISSING = "missing"  # the sequence leaves one out
    NOT_CHAINED = "not_chained"  # it names another hash than that of the row before
    CHANGED = "changed"  # its text or what stands beside it is not what was hashed
    COLUMNS_DIFFER = "columns_differ"  # what is looked up by is not what the text says
    HEAD_DIFFERS = "head_differs"  # the row that counts on the chain names another end
    CUT_OFF = "cut_off"  # an anchor saw a row that is not there any more, or was another
    ANCHOR_DIFFERS = "anchor_differs"  # an anchor is not the hash of what it saw
    ITEM_MISSING = "item_missing"  # a settlement names something set aside that is not there
    SIGNATURE_DIFFERS = "signature_differs"  # what was signed is not what is there of that moment
    ITEM_DIFFERS = "item_differs"  # what was settled is not what is there


@dataclass(frozen=True)
class Found:
    """One flaw. `kind`: device, participant, site or anchor, whose chain it is."""

    kind: str
    chain: str
    sequence: int
    flaw: Flaw
