"""`verify.py` as it lies in a bundle: the module that checks, with the one that counts in the place of its import."""

from pathlib import Path

import server.export.checking as checking
import server.export.recounting as recounting

NAME = "verify.py"
_IMPORT = "from server.export.recounting import "


def write_checker(folder: Path) -> None:
    """Into the bundle. Raises ValueError for a module that does not import the other in one line."""
    (folder / NAME).write_text(whole(), encoding="utf-8", newline="\n")


def whole() -> str:
    """One file that needs nothing but Python."""
    main, counting = (Path(str(one.__file__)).read_text(encoding="utf-8") for one in (checking, recounting))
    lines = [line for line in main.splitlines() if line.startswith(_IMPORT) and "(" not in line]
    if len(lines) != 1:
        raise ValueError(f"{len(lines)} imports to replace")
    return main.replace(
        lines[0], f"# ---- how it counts ----\n\n{_without_title(counting)}\n# ---- what it checks ----"
    )


def _without_title(text: str) -> str:
    """What a module says of itself, as a comment: only the first text of a file says what that is."""
    title, _, rest = text.removeprefix('"""').partition('"""')
    said = "\n".join(f"# {line}".rstrip() for line in title.strip().splitlines())
    return f"{said}\n{rest}"
