"""What SAS transport version 5 can hold, checked before anything is written: it cuts and garbles without a word."""

from collections.abc import Iterable

from diary_app.core.errors import Code, CommandRefused

LONGEST_NAME = 8
LONGEST_LABEL = 40
LONGEST_TEXT = 200


def is_fit(value: str, longest: int = LONGEST_TEXT) -> bool:
    """Whether a text comes back as it was: short enough, printable ASCII, no blank at either end."""
    return len(value) <= longest and value.isascii() and value.isprintable() and value == value.strip()


def refuse_unfit(value: str, what: str, longest: int = LONGEST_TEXT) -> None:
    """Raises `CommandRefused` for a text that would be cut, garbled or stripped; `what` names it in the message."""
    if is_fit(value, longest):
        return
    if len(value) > longest:
        raise CommandRefused(
            Code.NOT_EXPORTABLE,
            f"{what} is {len(value)} characters long, and a transport file takes {longest}: {value[:60]!r}.",
            "Shorten it where it is defined; it is never cut.",
        )
    strange = next((letter for letter in value if not (letter.isascii() and letter.isprintable())), None)
    if strange is not None:
        raise CommandRefused(
            Code.NOT_EXPORTABLE,
            f"{what} has the character {strange!r} (U+{ord(strange):04X}): {value[:60]!a}.",
            "Write it with plain letters of ASCII where it is defined; SAS transport files hold no others.",
        )
    raise CommandRefused(
        Code.NOT_EXPORTABLE,
        f"{what} begins or ends with a blank: {value[:60]!r}.",
        "Remove the blank where it is defined; SAS transport files do not keep it.",
    )


def refuse_unfit_names(dataset: str, label: str, columns: Iterable[tuple[str, str]]) -> None:
    """The same for the name and label of a table, and for those of its columns."""
    refuse_unfit(dataset, "The name of a dataset", LONGEST_NAME)
    refuse_unfit(label, f"The label of {dataset}", LONGEST_LABEL)
    for name, said in columns:
        refuse_unfit(name, f"The name of a variable of {dataset}", LONGEST_NAME)
        refuse_unfit(said, f"The label of {dataset}.{name}", LONGEST_LABEL)
