"""`verify.py` as it lies in a bundle: the module that checks, with those that it takes from in place of its imports."""

import re
from pathlib import Path
from types import ModuleType

import server.export.checked as checked
import server.export.checking as checking
import server.export.forms_alike as forms_alike
import server.export.recounting as recounting
import server.export.replaying as replaying
import server.export.sayings as sayings
import server.export.transport_reading as transport_reading

NAME = "verify.py"
#: In the order in which one needs the other; the last is the program.
MODULES: tuple[ModuleType, ...] = (sayings, checked, replaying, recounting, transport_reading, forms_alike, checking)
_IMPORT = re.compile(r"^from server\.export\.\w+ import [\w, ]+\n", re.MULTILINE)


def write_checker(folder: Path) -> None:
    """Into the bundle. Raises ValueError for a module that needs another one of the server."""
    (folder / NAME).write_text(whole(), encoding="utf-8", newline="\n")


def whole() -> str:
    """One file that needs nothing but Python."""
    *parts, main = (Path(str(one.__file__)).read_text(encoding="utf-8") for one in MODULES)
    first = _IMPORT.search(main)
    if first is None:
        raise ValueError("nothing to put the other modules in the place of")
    counting = "\n".join(f"# ---- {_without_title(one).strip()}\n\n" for one in parts)
    text = f"{main[: first.start()]}{counting}\n# ---- {_FINALLY}\n\n{_IMPORT.sub('', main[first.start() :]).lstrip()}"
    if "server.export" in text:
        raise ValueError("an import is left")
    return text


_FINALLY = "What it checks."


def _without_title(text: str) -> str:
    """What a module says of itself, as a comment: only the first text of a file says what that is."""
    title, _, rest = text.removeprefix('"""').partition('"""')
    said = "\n".join(f"# {line}".rstrip() for line in title.strip().splitlines()).removeprefix("# ")
    return f"{said}\n{_IMPORT.sub('', rest)}"
