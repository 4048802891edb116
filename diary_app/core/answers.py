"""What may be answered to a question, on a phone as on the server."""

from diary_app.core.entries import Answer, Skip
from diary_app.core.instruments import Item


def is_answer(item: Item, answer: Answer) -> bool:
    """Whether it is one of the question's own answers, or a reason for none that the question offers."""
    match answer:
        case Skip.PREFER_NOT:
            return True
        case Skip.NOT_APPLICABLE:
            return bool(item.not_applicable)
        case value:
            return item.accepts(value)
