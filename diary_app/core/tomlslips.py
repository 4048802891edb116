"""What somebody most likely meant where a text is no TOML: told in plain words, with how to write it instead."""

import re

#: What is wrong and what to do, both message ids.
Told = tuple[str, str]

_MARK = "\ufeff"
#: What stands in a text may look like anything.
_TEXT = re.compile(r""""[^"]*"|'[^']*'""")
#: By what stands on the line; the first that fits is told.
_ON_THE_LINE: tuple[tuple[re.Pattern[str], Told], ...] = (
    (
        re.compile(f"^{_MARK}"),
        ("An invisible mark stands before the first letter.", "Save the file as UTF-8 without BOM."),
    ),
    (
        re.compile(r"[=\[,]\s*[“”„‟‘’‚«»]"),
        ("These are not the quotes that TOML knows.", 'Write straight quotes, as "text".'),
    ),
    (
        re.compile(r"=\s*(?:yes|no|on|off|ja|nej|true|false)\s*(?:#.*)?$", re.IGNORECASE),
        ("This is no word that TOML knows.", "Write true or false, in small letters and without quotes."),
    ),
    (
        re.compile(r"=\s*(?:\+1\s+)?\d{1,2}[:.]\d{2}\s*(?:#.*)?$"),
        ("The time of day stands without quotes.", 'Write it in quotes, as "18:00" or "+1 03:00".'),
    ),
    (
        re.compile(r"=\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\s*(?:#.*)?$"),
        ("This is not how TOML writes a date.", "Write a date as 2026-11-22, without quotes."),
    ),
    (
        re.compile(r"^\s*(?:---|\{)"),
        ("This looks like YAML or JSON.", "Write the file in TOML: [tables], and key = value on a line of its own."),
    ),
    (
        re.compile(r'^\s*(?:-\s+)?[\w"-]+\s*:'),
        ("There is a colon where TOML has an equals sign.", "Write key = value, with texts in quotes."),
    ),
)
#: [sites] and [sites], or [sites] and [[sites]]: nobody should delete one of two sites for that.
_HEADING: Told = (
    "This table stands twice.",
    "Put its keys together under one heading; where there are several, write two brackets each time, as [[sites]].",
)
#: By how the complaint of the parser begins.
_BY_COMPLAINT: tuple[tuple[str, Told], ...] = (
    ("Cannot overwrite", ("This key stands twice.", "Keep one of the two.")),
    ("Cannot declare", _HEADING),
    (
        "Unescaped '\\'",
        ("In double quotes a backslash means something else.", "Write the text in single quotes: '^\\d{3}$'."),
    ),
    ("Illegal character '\\n'", ("The quote at the end of the text is missing.", "Add it on the same line.")),
)  # fmt: skip


def slip(line: str, complaint: str) -> Told | None:
    """What is wrong with the line at which the parser gave up, and what to do; None when it could be anything."""
    bare = _TEXT.sub('""', line)
    for pattern, told in _ON_THE_LINE:
        if pattern.search(bare):
            return told
    if complaint.startswith("Cannot overwrite") and bare.lstrip().startswith("["):
        return _HEADING
    return next((told for begin, told in _BY_COMPLAINT if complaint.startswith(begin)), None)
