"""A short reference to a paper or a file, with no way in it to know or reach a person (R37)."""

import re
import unicodedata
from enum import StrEnum


class Identifying(StrEnum):
    """What must not stand in a reference."""

    CPR = "a CPR number"
    PHONE = "a telephone number"
    EMAIL = "an e-mail address"


_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\d-])")
_CPR = re.compile(r"(?<![\d+])\d{6}[\W_]{0,3}\d{4}(?!\d)")
_PHONE = re.compile(r"(?:\d[\W_]{0,3}){8}|\+\s?\d(?:[\W_]{0,3}\d){5}")
_EMAIL = re.compile(r"@|[(\[{]\s*at\s*[)\]}]", re.IGNORECASE)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))


def identifying(text: str) -> Identifying | None:
    """What in the text identifies somebody: a CPR number, a telephone number, an e-mail address; None for nothing.

    A date written as 2026-11-25 is none of them. Any other eight digits are taken for a telephone number.
    """
    plain = _DATE.sub("date", unicodedata.normalize("NFKC", text).translate(_DASHES))
    if _EMAIL.search(plain):
        return Identifying.EMAIL
    if _CPR.search(plain):
        return Identifying.CPR
    return Identifying.PHONE if _PHONE.search(plain) else None
