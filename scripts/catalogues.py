"""Lists the messages that the sources use and a language's catalogues lack; exits with 1 when there are any.

A message is the first argument of `say("...")`, `t("...")`, `text("...")`, `_("...")` or `message("...")`, or the first
two of `count(one, many, number)`, in Python or in a template, and every text of an instrument whose wording is our own.
In a module of screens or widgets, the texts of its CONSTANTS are messages too. What staff can be refused is a message
where it is raised: what happened, and what to do. One put together with f"..." counts as a message that is lacking.

    python scripts/catalogues.py                  list what Danish lacks, and what is no longer used
    python scripts/catalogues.py --add            write empty entries for what is missing, ready to be translated
    python scripts/catalogues.py --language sv    the same of another language; with --add its catalogues are begun
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
STAFF = ("server/console", "server/incidents", "server/reminders", "server/alerts", "server/intake")
#: What the console calls may refuse, so these texts are read by staff as well.
REFUSING = (
    "server/access", "server/alerts", "server/console", "server/db", "server/export/cutting.py",
    "server/export/running.py", "server/incidents", "server/intake", "server/rehearsal", "server/reminders",
    "server/trail", "server/errors.py", "server/security.py", "diary_app/core/rescue.py",
    "diary_app/core/rescue_codes.py",
)  # fmt: skip
#: Where a study file is read, and its faults are told on the page of the rehearsal.
FAULTS = tuple(
    f"diary_app/core/{name}.py"
    for name in (
        "alert_rules", "instrument_sense", "licences", "study", "study_check", "study_frozen", "study_sense",
        "study_values", "times", "tomlfile", "tomlslips", "visit_rules",
    )
)  # fmt: skip
#: These speak to phones and operators alone.
_NOT_TO_STAFF = frozenset({
    "server/access/insiders.py", "server/intake/authentication.py", "server/intake/enrol.py",
    "server/intake/installations.py", "server/intake/push.py", "server/rehearsal/ground.py",
})  # fmt: skip
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from diary_app import resources  # noqa: E402
from diary_app.core.catalogue import Message, read_po  # noqa: E402

_SPOKEN = frozenset({"say", "t", "text", "_", "gettext", "message"})
_MARKED = frozenset({"message"})
_REFUSALS = frozenset({"RequestRefused", "CommandRefused", "RescueRefused", "ProposalRefused"})
_TEXTS = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.IfExp)
_REFUSES = frozenset({"refused", "_refused", "_overtaken"})  # the same with a code of their own
# No screens here, and `text(...)` may be SQL.
_WITHOUT_SCREENS = frozenset({"core", "intake", "storage", "sync", "web"})
_WITH_SCREENS = frozenset({"screens", "widgets"})
_SENTENCE = re.compile(r"[A-Z][a-z]+ .*(\.|\{said\})$")
_LITERAL = r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
_IN_TEMPLATE = re.compile(rf"\b(?:say|t|text|_|gettext)\(\s*{_LITERAL}|\bcount\(\s*{_LITERAL}\s*,\s*{_LITERAL}")


@dataclass(frozen=True)
class Use:
    """One message, and where it is used. `plural`: the other form, of one that is counted."""

    message: str
    place: str
    plural: str = ""


def messages_in_python(source: str, place: str, names: frozenset[str] = _SPOKEN) -> Iterator[Use]:
    """The messages that a Python source shows, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            shown = node.args[: _messages_of(node, names)]
            texts = [one.value for one in shown if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            for number, text in enumerate(texts):
                if text:
                    yield Use(text, f"{place}:{node.lineno}", "".join(texts[1:]) if number == 0 else "")


def messages_in_constants(source: str, place: str) -> Iterator[Use]:
    """The texts of a module's CONSTANTS; the keys of a dictionary are not shown."""
    for node in ast.parse(source).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(target, ast.Name) and target.id.isupper():
            for text in _texts_in(node.value):
                yield Use(text.value, f"{place}:{text.lineno}")


def _texts_in(node: ast.AST | None) -> Iterator[Any]:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and re.match(r"[A-Za-z{]", node.value):
            yield node
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _texts_in(value)
    elif isinstance(node, ast.Call):
        for argument in node.args:
            yield from _texts_in(argument)


def _messages_of(call: ast.Call, names: frozenset[str]) -> int:
    """How many of a call's arguments are messages; `count` with fewer than three is that of a list or a text."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "count" and names is _SPOKEN:
        return 2 if len(call.args) > 2 else 0
    return 1 if name in names else 0


def refusals_in_python(source: str, place: str) -> Iterator[Use]:
    """What happened and what to do, of every refusal that a Python source makes."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            for text in _texts_of_refusal(node):
                yield from _patterns(text, place)
        elif isinstance(node, ast.FunctionDef) and node.name in _REFUSES:
            for default in node.args.defaults:
                yield from _patterns(default, place)


def _texts_of_refusal(call: ast.Call) -> list[ast.expr]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    has_code = bool(call.args) and ast.unparse(call.args[0]).startswith("Code.")
    if name in _REFUSALS or (name == "__init__" and has_code):
        return call.args[1:3]
    texts = call.args[:2] if name in _REFUSES else []
    return [text for text in texts if isinstance(text, _TEXTS)]


def _patterns(text: ast.expr, place: str) -> Iterator[Use]:
    match text:
        case ast.Constant(value=str(pattern)):
            yield Use(pattern, f"{place}:{text.lineno}")
        case ast.IfExp():
            yield from _patterns(text.body, place)
            yield from _patterns(text.orelse, place)
        case ast.Name():  # handed on by a function that is a refusal itself
            pass
        case _:
            yield Use(ast.unparse(text), f"{place}:{text.lineno}")


def faults_in_python(source: str, place: str) -> Iterator[Use]:
    """What is wrong in a file, and what to do; also sentences in constants. Faults of wording files are not shown."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = {"Fault": slice(1, 3), "_why": slice(0, 1), "ValueUnfit": slice(0, 1), "UnknownZone": slice(0, 1)}
            if name in texts and not (name == "Fault" and place.endswith("licences.py")):
                for text in node.args[texts[name]]:
                    if isinstance(text, _TEXTS):
                        yield from _patterns(text, place)
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for text in ast.walk(node.value):
                if isinstance(text, ast.Constant) and isinstance(text.value, str) and _SENTENCE.match(text.value):
                    yield Use(text.value, f"{place}:{text.lineno}")


def messages_in_template(source: str, place: str) -> Iterator[Use]:
    """The messages that a Jinja template shows, with their lines."""
    for match in _IN_TEMPLATE.finditer(source):
        line = source.count("\n", 0, match.start()) + 1
        texts = [str(ast.literal_eval(literal)) for literal in match.groups() if literal]
        for number, text in enumerate(texts):
            yield Use(text, f"{place}:{line}", "".join(texts[1:]) if number == 0 else "")


def used_by_app() -> list[Use]:
    """What the domain `diary` must have: the app's own messages and the questions."""
    uses: list[Use] = []
    for instrument in resources.instruments():
        uses += [Use(text, f"{instrument.code} {instrument.version}") for text in instrument.messages]
    return uses + _in_folder(ROOT / "diary_app")


def used_by_console() -> list[Use]:
    """What the domain `console` must have: the messages of staff pages, reminders, the morning overview, refusals."""
    uses = [use for folder in STAFF for use in _in_folder(ROOT / folder)]
    for path in _python_in(REFUSING):
        place, source = str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        if place not in _NOT_TO_STAFF:
            uses += [*refusals_in_python(source, place), *messages_in_python(source, place, _MARKED)]
    for path in _python_in(FAULTS):
        uses += faults_in_python(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))
    for path in _python_in(("server/rehearsal",)):
        uses += faults_in_python(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))
    return uses


def _python_in(places: tuple[str, ...]) -> Iterator[Path]:
    for place in (ROOT / one for one in places):
        yield from sorted(place.rglob("*.py")) if place.is_dir() else [place]


def _in_folder(folder: Path) -> list[Use]:
    uses: list[Use] = []
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.html")]):
        place, source = path.relative_to(ROOT), path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            uses += messages_in_template(source, str(place))
        else:
            names = _MARKED if _WITHOUT_SCREENS & set(place.parts) else _SPOKEN
            uses += messages_in_python(source, str(place), names)
            uses += messages_in_constants(source, str(place)) if _WITH_SCREENS & set(place.parts) else ()
    return uses


DOMAINS = {"diary": used_by_app, "console": used_by_console}


def po_file(domain: str, language: str = "da") -> Path:
    """Where a catalogue's source lies."""
    return ROOT / "assets/translations" / language / "LC_MESSAGES" / f"{domain}.po"


def missing(uses: list[Use], messages: tuple[Message, ...]) -> list[Use]:
    """The messages without a translation, each once, in the order of their use; a counted one needs both its forms."""
    translated = [one for one in messages if all(one.texts)]
    known = {id for one in translated for id in (one.id, one.plural)}  # noqa: A001
    pairs = {(one.id, one.plural) for one in translated}
    first = {
        use.message: use
        for use in reversed(uses)
        if use.message not in known or (use.plural and (use.message, use.plural) not in pairs)
    }
    return list(reversed(first.values()))


def unused(uses: list[Use], messages: tuple[Message, ...]) -> list[Message]:
    """Translations that nothing shows any more."""
    used = {use.message for use in uses}
    return [one for one in messages if one.id and one.id not in used]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def begun(language: str) -> str:
    """A catalogue without a message. One whose language has more forms of a number than two names them here."""
    return (
        f'msgid ""\nmsgstr ""\n"Project-Id-Version: xerodiary\\n"\n"Language: {language}\\n"\n'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
    )


def entries(lacking: list[Use], messages: tuple[Message, ...]) -> str:
    """Empty entries for what has none yet; both forms of a counted message in one."""
    begun_already = {(one.id, one.plural) for one in messages}
    others = {use.plural for use in lacking} - {""}
    wanted = [use for use in lacking if use.message not in others and (use.message, use.plural) not in begun_already]
    return "".join(_entry(use) for use in wanted)


def _entry(use: Use) -> str:
    head = f"\n# {use.place}\nmsgid {_quoted(use.message)}\n"
    if use.plural:
        return f'{head}msgid_plural {_quoted(use.plural)}\nmsgstr[0] ""\nmsgstr[1] ""\n'
    return f'{head}msgstr ""\n'


def main(arguments: list[str]) -> int:
    """Report on every domain; the number to exit with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--add", action="store_true", help="write empty entries for what is missing")
    parser.add_argument("--language", default="da", help="as diary_app/core/languages.py has it")
    options = parser.parse_args(arguments)
    found = 0
    for domain, uses_of in DOMAINS.items():
        uses, file = uses_of(), po_file(domain, options.language)
        text = file.read_text(encoding="utf-8") if file.exists() else begun(options.language)
        messages = read_po(text)
        lacking = missing(uses, messages)
        found += len(lacking)
        report = [f"{use.place}: {domain} lacks {_quoted(use.message)}" for use in lacking]
        report += [f"{file.relative_to(ROOT)}:{one.line}: unused {_quoted(one.id)}" for one in unused(uses, messages)]
        sys.stdout.write("".join(f"{line}\n" for line in report))
        if options.add:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + entries(lacking, messages), encoding="utf-8")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
