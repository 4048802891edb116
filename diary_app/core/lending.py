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


def is_code_for_lent(facts: Iterable[Fact]) -> bool:
    """Whether the participant's newest code was made for a phone that is lent out; it is the only one that works."""
    codes = [one.detail for one in facts if isinstance(one.detail, CodeIssued)]
    return bool(codes and codes[-1].lent)
