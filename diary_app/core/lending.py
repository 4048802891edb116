"""Whether a phone is the site's own, lent out to the participant (R34).

A phone is told as a fact and says so in each entry that it makes from then on, where it is hashed with the answers; no
entry is changed afterwards. Its newer device ids are the same phone.
"""

from collections.abc import Collection, Iterable

from diary_app.core.facts import CodeIssued, Fact, PhoneLent


def is_lent(facts: Iterable[Fact], devices: Collection[str]) -> bool:
    """Whether the phone with these device ids is lent out, by the latest that was said of one of them."""
    said = [
        bool(one.detail.lent) for one in facts if isinstance(one.detail, PhoneLent) and one.detail.device in devices
    ]
    return said[-1] if said else False


def is_next_lent(facts: Collection[Fact], in_use: Collection[str], *, is_code_waiting: bool) -> bool:
    """Whether the next code is for a lent phone unless somebody says otherwise: as the code that waits, else as the
    phone in use, which is often the same one after its PIN was forgotten.
    """
    return is_code_for_lent(facts) if is_code_waiting else is_lent(facts, in_use)


def is_code_for_lent(facts: Iterable[Fact]) -> bool:
    """Whether the participant's newest code was made for a phone that is lent out; it is the only one that works."""
    codes = [one.detail for one in facts if isinstance(one.detail, CodeIssued)]
    return bool(codes and codes[-1].lent)
