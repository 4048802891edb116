"""What must not stand in the sources: secrets, comparisons that tell, code made of data, other people's hosts."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: What a secret of the usual makers looks like, each with an example in two pieces, so that no pattern is dead.
SECRETS = {
    "private key": (
        r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}",
        "-----BEGIN PRIVATE" + " KEY-----\nMIIEvQIBADANBgkqhkiG9w0B",
    ),
    "cloud access key": (
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        "AKIA" + "IOSFODNN7EXAMPLE",
    ),
    "code host token": (
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|glpat-[\w-]{20})",
        "ghp_" + "a1B2" * 9,
    ),
    "chat token": (
        r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
        "xoxb-" + "1234567890-abc",
    ),
    "payment key": (
        r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}",
        "sk_live_" + "a1B2" * 5,
    ),
    "map or mail key": (
        r"\bAIza[\w-]{35}|\bSG\.[\w-]{22}\.[\w-]{43}",
        "AIza" + "a1B2c" * 7,
    ),
    "registry token": (
        r"\b(?:pypi-AgE[\w-]{50,}|npm_[A-Za-z0-9]{36})",
        "npm_" + "a1B2" * 9,
    ),
    "signed token": (
        r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
        "eyJ" + "hbGciOiJIUzI1" + ".eyJ" + "zdWIiOiIxMjM0" + ".c2lnbmF0dXJlMTIz",
    ),
    "password in an address": (
        r"://[^\s/:@'\"{}<>$]+:(?!password@|secret@|\*)[^\s/@'\"{}<>$]{6,}@",
        "://root:" + "hunter2hunter2@",
    ),
}  # fmt: skip
#: Addresses that stand for passwords in documents and tests, by the word that everybody sees is none.
PLAIN = re.compile(r"password|secret|hunter|wrong|example|pass-?word", re.IGNORECASE)
#: Never in the repository, whatever is in them.
NEVER = re.compile(r"(?:^|/)(?:\.env|id_(?:rsa|ed25519)|.*\.(?:pem|p12|pfx|key|keystore|jks))$")
CODE = ("server", "diary_app", "scripts", "main.py")
#: Names under which a value is a secret or its hash; two such are compared by `hmac.compare_digest` or by a database.
SECRET_NAMES = re.compile(r"(?:^|_)(?:token|secret|password|csrf|proof|signature|mac)(?:_sha256|_hash)?$")


@cache
def tracked() -> tuple[str, ...]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return tuple(name for name in listed.split("\0") if name)


def text_of(name: str) -> str:
    return (ROOT / name).read_bytes().decode("utf-8", "replace") if (ROOT / name).is_file() else ""


@cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    names = [name for name in tracked() if name.endswith(".py") and name.startswith(CODE)]
    return tuple((name, ast.parse(text_of(name))) for name in names)


def nodes() -> Iterator[tuple[str, ast.AST]]:
    for name, tree in trees():
        yield from ((name, node) for node in ast.walk(tree))


@pytest.mark.parametrize("kind", SECRETS)
def test_the_repository_holds_no_secret(kind: str) -> None:
    pattern = re.compile(SECRETS[kind][0])
    assert pattern.search(SECRETS[kind][1]), "the pattern finds its example"
    found = [
        (name, match[0][:20]) for name in tracked() for match in pattern.finditer(text_of(name))
        if not PLAIN.search(match[0])
    ]  # fmt: skip
    assert found == []


def test_no_file_of_keys_is_tracked() -> None:
    assert len(tracked()) > 500
    assert [name for name in tracked() if NEVER.search(name)] == []


def named_as_secret(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return bool(SECRET_NAMES.search(name))


def is_of_a_statement(node: ast.expr) -> bool:
    """A column (`TABLE.c.token_sha256`): the database compares, by its index."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "c"


#: (file, what): the value compared there proves nothing to whoever sent it.
NOT_PROOFS = {
    # Both stand in the request of an enrolment, whose code has been looked up by its keyed hash before.
    ("server/intake/enrol.py", "token_sha256"),
    # Of an installation that has just proven itself, naming the one that it goes on as.
    ("server/intake/installations.py", "token_sha256"),
    # Both from the database, before and after the password was shown to fit.
    ("server/access/proving.py", "password_hash"),
    # A new password typed twice: both are the sender's own.
    ("server/console/people/join.py", "password"),
}


def test_secrets_are_compared_in_constant_time() -> None:
    found = set()
    for name, node in nodes():
        if not isinstance(node, ast.Compare) or not any(isinstance(one, ast.Eq | ast.NotEq) for one in node.ops):
            continue
        sides = [part for side in (node.left, *node.comparators) for part in getattr(side, "elts", [side])]
        for side in sides:
            if named_as_secret(side) and not any(is_of_a_statement(one) for one in sides):
                found.add((name, ast.unparse(side).rpartition(".")[2]))
    assert found == NOT_PROOFS


def test_constant_time_is_what_every_proof_is_compared_in() -> None:
    used = {
        name for name, node in nodes()
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "hmac.compare_digest"
    }  # fmt: skip
    assert used == {
        "server/access/sessions.py", "server/access/insiders.py", "server/intake/authentication.py",
        "diary_app/core/rescue.py",
    }  # fmt: skip


FORBIDDEN_CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "pickle.load", "pickle.loads", "marshal.loads",
    "yaml.load", "shelve.open", "tempfile.mktemp", "hashlib.md5", "hashlib.sha1", "ElementTree.parse",
    "ElementTree.fromstring", "ElementTree.iterparse", "ET.parse", "ET.fromstring", "ET.iterparse",
}  # fmt: skip
FORBIDDEN_IMPORTS = {"pickle", "marshal", "shelve", "telnetlib", "ftplib", "xmlrpc", "yaml"}
#: The report of a run of our own tests, which nobody else writes.
OWN_REPORT = {("scripts/evidence/results.py", "ET.parse")}
#: The builder compiles the app's own modules to byte code; that program runs on no server.
BUILDER = {("diary_app/web/bytecode.py", "marshal")}


def test_no_data_becomes_code() -> None:
    called = {
        (name, ast.unparse(node.func)) for name, node in nodes()
        if isinstance(node, ast.Call) and ast.unparse(node.func) in FORBIDDEN_CALLS and "/bench/" not in name
    }  # fmt: skip
    shells = [
        name for name, node in nodes()
        if isinstance(node, ast.keyword) and node.arg == "shell" and ast.unparse(node.value) != "False"
    ]  # fmt: skip
    imported = {
        (name, one) for name, node in nodes()
        for one in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else
                    [node.module or ""] if isinstance(node, ast.ImportFrom) else [])
        if one in FORBIDDEN_IMPORTS
    }  # fmt: skip
    assert (called - OWN_REPORT, shells, imported - BUILDER) == (set(), [], set())


def test_no_statement_is_put_together_from_values() -> None:
    """SQL as text takes bound values; a name in it comes from the code's own tables."""
    found = [
        (name, ast.unparse(node)[:80]) for name, node in nodes()
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ("text", "exec_driver_sql")
        and node.args and isinstance(node.args[0], ast.JoinedStr) and name.startswith("server/")
        and not name.startswith(("server/db/", "server/bench/"))
        and re.search(r"\b(SELECT|INSERT|UPDATE|DELETE|ALTER|DROP)\b", ast.unparse(node.args[0]))
    ]  # fmt: skip
    assert found == []


SERVED = [
    name for name in tracked()
    if name.startswith(("server/console/templates/", "server/console/static/", "diary_app/web/"))
    and name.endswith((".html", ".css", ".js", ".svg", ".xml", ".webmanifest"))
]  # fmt: skip
LOADS = re.compile(
    r"""(?:src|href|action|poster|data)\s*=\s*["'](?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import\s|
                       \b(?:fetch|importScripts|import)\(\s*["'`](?:https?:)?//|\bnew\ (?:WebSocket|EventSource)\(""",
    re.VERBOSE,
)


@pytest.mark.parametrize("name", SERVED)
def test_no_page_loads_anything_from_elsewhere(name: str) -> None:
    assert LOADS.findall(text_of(name)) == []


def test_there_are_pages_to_look_at() -> None:
    assert len(SERVED) > 20
    assert LOADS.search('<script src="https://cdn.example/x.js">')


#: A picture of dots that this server draws from a link of its own.
DRAWN = {("server/console/templates/enrol/letter.html", "| safe")}


def test_templates_switch_escaping_off_for_our_own_drawings_alone() -> None:
    marked = {
        (name, match) for name in tracked() if name.startswith("server/console/templates/")
        for match in re.findall(r"\|\s*safe\b|autoescape\s+false|Markup\(", text_of(name))
    }  # fmt: skip
    assert marked == DRAWN
