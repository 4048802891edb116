"""Lists of values as PostgreSQL writes arrays: the driver takes far longer, value by value."""

from collections.abc import Sequence
from datetime import date
from typing import Any


def array(values: Sequence[Any]) -> str:
    """The text of an array of text, whole numbers or dates, with None for NULL. Raises TypeError for anything else."""
    try:
        return _of_text(values)
    except TypeError:
        return "{" + ",".join(map(_one, values)) + "}"


def _of_text(values: Sequence[str]) -> str:
    """Raises TypeError where one is no text."""
    if not values:
        return "{}"
    whole = "".join(values)
    if '"' in whole or "\\" in whole:
        values = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return '{"' + '","'.join(values) + '"}'


def _one(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case str():
            return _of_text([value])[1:-1]
        case int():
            return str(int(value))
        case date():
            return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in an array")
