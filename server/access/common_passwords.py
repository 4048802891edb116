"""Whether a password is one of the commonest, or one of them with little added: a guesser tries those first.

The list is that of the package zxcvbn, some thirty thousand passwords that were stolen elsewhere, the commonest first.
It is read when a password is chosen and not kept: that happens seldom, and a server should stay small. Its estimate of
strength is left alone, as some texts keep it busy for half a minute.
"""

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from diary_app.core.errors import Code, XerodiaryError

#: With so few characters more at the beginning and the end together it is still the same.
_MORE = 4
#: So many digits and signs around a word do not make it another one.
_AROUND = 8
#: What stands for letters.
_LETTERS = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
#: What people here think of first and no list of the world has.
_HERE = ("adgangskode", "kodeord", "velkommen", "sommer", "vinter", "hospital", "rigshospitalet", "xerodiary")


class ListMissing(XerodiaryError):
    """The list cannot be read as it was."""


def is_common(password: str) -> bool:
    """Whether it is on the list, or comes down to one that is: with digits around, a little more, or repeated.

    Raises `ListMissing`.
    """
    listed = common()
    return any(f"\n{one}\n" in listed for one in set(_simpler(password.lower())) if one)


def common() -> str:
    """The list, one a line, with a line's end at its beginning too. Raises `ListMissing`."""
    found = find_spec("zxcvbn")
    if found is None or found.origin is None:
        raise _missing()
    text = Path(found.origin).with_name("frequency_lists.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "passwords":
                    return "\n".join(["", *_words(value), *_HERE, ""])
    raise _missing()


def _words(value: ast.expr) -> list[str]:
    """They are one text with commas between."""
    texts = [node.value for node in ast.walk(value) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    words = max(texts, key=len, default="").split(",")
    if len(words) < 10_000:
        raise _missing()
    return words


def _simpler(text: str) -> Iterator[str]:
    """What it comes down to; each of it is looked for."""
    bare = text.strip("".join(letter for letter in set(text) if not letter.isalpha()))
    if len(text) - len(bare) > _AROUND:
        bare = text
    for one in {text, text.translate(_LETTERS)}:
        for left_out in range(_MORE + 1):
            yield from (one[start : len(one) - left_out + start] for start in range(left_out + 1))
    for one in {text, bare, bare.translate(_LETTERS)}:
        yield one
        yield one[: (one + one).find(one, 1)]  # once what is there several times
        words = "".join(letter if letter.isalpha() else " " for letter in one).split()
        yield from words[:1] if len(words) > 1 and len(set(words)) == 1 else ()


def _missing() -> ListMissing:
    return ListMissing(
        Code.SETTING_INVALID,
        "The list of common passwords is not where the package zxcvbn has it.",
        "Install the locked version of it again.",
    )
