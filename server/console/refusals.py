"""Refusals in the language of whoever reads them.

The texts stand where a refusal is raised; `scripts/catalogues.py` finds them there, and a test says which lack Danish.
"""

from dataclasses import dataclass
from datetime import date, time

from diary_app.core.catalogue import Catalogue, message
from diary_app.core.errors import Code, FileProblem, Phrase, XerodiaryError
from server.console.dates import clock, in_full
from server.console.words import LANGUAGE_NAMES

#: Phrases within refusals that stand nowhere else as a message.
PHRASES = (
    message("Not Found"),
    message("Method Not Allowed"),
    message("approved"),
    message("refused"),
    message("withdrawn"),
    message("none yet; list it first"),
    message("a CPR number"),
    message("a telephone number"),
    message("an e-mail address"),
)


@dataclass(frozen=True)
class Told:
    """What a page shows of a refusal: what happened and what to do, in words, and the code to quote."""

    message: str
    remedy: str
    code: Code


def told(refusal: XerodiaryError, texts: Catalogue) -> Told:
    """The refusal in the language of these texts, days and times as it writes them."""
    named = {name: _written(value, texts) for name, value in refusal.named.items()}
    return Told(texts.text(refusal.pattern, **named), texts.text(refusal.remedy_pattern, **named), refusal.code)


@dataclass(frozen=True)
class ToldFault:
    """What a page shows of a fault in a file: its place and key as they are, what is wrong and what to do in words."""

    place: str
    key: str
    message: str
    remedy: str


def told_fault(fault: FileProblem, texts: Catalogue) -> ToldFault:
    """The fault in the language of these texts; what stands in the file is quoted as it stands, languages by name."""
    named = {name: _written(value, texts) for name, value in fault.named.items()}
    if spoken := str(named.get("spoken", "")):
        named["spoken"] = texts.text(LANGUAGE_NAMES.get(spoken, spoken))
    place = f"{fault.file}:{fault.line}" if fault.line else fault.file
    return ToldFault(place, fault.key, texts.text(fault.pattern, **named), texts.text(fault.remedy_pattern, **named))


def _written(value: object, texts: Catalogue) -> object:
    match value:
        case Phrase():
            return texts.text(str(value))
        case date():
            return in_full(value, texts.language)
        case time():
            return clock(value, texts.language)
    return value
