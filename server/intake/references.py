"""The short reference that leads to a paper or a note, and to nobody (R37)."""

from diary_app.core.correction_facts import LONGEST_REFERENCE
from diary_app.core.errors import Code, Phrase, RequestRefused
from diary_app.core.references import identifying


def checked_reference(reference: str) -> str:
    """The reference as it is kept. Raises `RequestRefused` when it is too long, or names or reaches somebody."""
    text = reference.strip()
    if len(text) > LONGEST_REFERENCE or not text.isprintable():
        raise RequestRefused(
            Code.FACT_INVALID,
            "The reference is longer than {most} letters or more than one line.",
            "Shorten it.",
            most=LONGEST_REFERENCE,
        )
    if found := identifying(text):
        raise RequestRefused(
            Code.REFERENCE_IDENTIFIES,
            "The reference looks as if it held {found}.",
            "Name the paper or its place in the file, nothing about the person.",
            found=Phrase(found),
        )
    return text
