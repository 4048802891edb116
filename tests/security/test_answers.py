"""Every answer, refusals too: headers that keep a browser strict, no way to another host, no file from elsewhere."""

from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as chance
from hypothesis import strategies as st

from server.access.console_table import CONSOLE
from server.console.pages import HOME, safe
from server.security import API_ANSWER, HEADERS
from server.services import Services
from server.webapp import file_within
from tests.console import staged
from tests.console.conftest import LogIn, clock, log_in, services

__all__ = ["clock", "log_in", "services"]

HERE = "https://diary.example"
PAGES = sorted({name.split()[1] for name in CONSOLE if "{" not in name})
OTHERS = [
    "/", "/app/", "/app/nothing", "/healthz", "/readyz", "/metrics", "/house", "/api/openapi.json", "/api/v1/sync",
    "/api/v1/enrol", "/console/nothing", "/console/static/nothing", "/nothing", "/api/v1/sync/%2e%2e",
]  # fmt: skip
#: A picture: the colours of its lines stand in it, and nothing of it can be filled in by anybody.
DRAWN = "/console/compliance/weeks.svg"


@pytest.fixture
def database_url(migrated_sqlite: str) -> str:
    """No answer here depends on the database."""
    return migrated_sqlite


@pytest.mark.parametrize("is_in", [False, True], ids=["nobody", "carol"])
async def test_every_answer_keeps_a_browser_strict(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, is_in: bool
) -> None:
    if is_in:
        await log_in("carol")
    for path in (*PAGES, *OTHERS):
        for method in ("GET", "POST", "PUT", "OPTIONS", "TRACE"):
            if path.endswith(("/logout", "/me/sessions")):
                continue
            answer = await client.request(method, path, headers={"origin": "https://evil.example"})
            policy = answer.headers["content-security-policy"]
            assert "frame-ancestors 'none'" in policy, path
            assert "default-src 'none'" in policy, path
            assert "unsafe-inline" not in policy or path == DRAWN, path
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert answer.headers["referrer-policy"] == HEADERS["Referrer-Policy"], path
            assert not [name for name in answer.headers if name.startswith("access-control-")], path
            assert not {"server", "x-powered-by"} & set(answer.headers), path
            kind = answer.headers.get("content-type", "")
            if answer.content:
                assert kind, path
            if kind.startswith("text/") or "xml" in kind:
                assert "charset=utf-8" in kind, path
            assert answer.headers.get("content-disposition") == (API_ANSWER if path.startswith("/api/") else None), path


async def test_no_other_method_does_anything(services: Services, client: httpx.AsyncClient, log_in: LogIn) -> None:
    await log_in("carol")
    for path in PAGES:
        for method in ("PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"):
            answer = await client.request(method, path)
            assert answer.status_code == 405, (method, path)


async def test_what_a_logged_in_person_sees_is_kept_in_no_cache(
    services: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    await log_in("carol")
    for path in PAGES:
        answer = await client.get(path)
        assert answer.headers["cache-control"] == "no-store", path


PIECES = (
    "/", "//", "\\", "/console/", "..", "%2f", "evil.example", "https:", "@", "?", "#", "\t", "\n", "\u2028", " ",
    "javascript:", ".", ";", "\0", "[", "]", ":", "%0d%0a", "／", "ｅ",
)  # fmt: skip
addresses = st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


@chance(max_examples=200)
@given(address=addresses)
def test_a_next_page_is_one_of_ours_as_browsers_read_it(address: str) -> None:
    """Browsers drop tabs and ends of lines, and take a backslash for a slash."""
    wanted = safe(address)
    read = urljoin(HERE, wanted.strip().replace("\t", "").replace("\n", "").replace("\r", "").replace("\\", "/"))
    parts = urlsplit(read)
    assert (parts.scheme, parts.netloc) == ("https", "diary.example")
    assert wanted.startswith(HOME)
    assert wanted.isprintable()


async def test_a_strange_next_page_leads_to_no_other_host(services: Services, client: httpx.AsyncClient) -> None:
    for name in (
        "//evil.example",
        "///console/",
        "/console//evil.example",
        "/console/../app",
        "https:/console/",
        "//[",
    ):
        form = {"username": "carol", "password": staged.PASSWORD, "next": name}
        answer = await client.post("/console/login", data=form)
        assert answer.headers["location"].startswith(HOME), name


steps = st.lists(
    st.sampled_from(
        ["..", ".", "", "secret.txt", "web", "index.html", "%2e%2e", "..%2f", "..\\", "\0", "~", "...", "c:"]
    ),
    min_size=1,
    max_size=6,
)


@chance(max_examples=200)
@given(steps=steps, slash=st.sampled_from(["/", "\\", "//", "/./"]), first=st.sampled_from(["", "/", "\\"]))
def test_no_name_leads_out_of_the_web_app(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], slash: str, first: str
) -> None:
    web = placed(tmp_path_factory.getbasetemp())
    found = file_within(web, first + slash.join(steps))
    assert found is None or found == web.resolve() / "index.html"


def placed(home: Path) -> Path:
    web = home / "traversal" / "web"
    web.mkdir(parents=True, exist_ok=True)
    (web / "index.html").write_text("the app")
    (home / "traversal" / "secret.txt").write_text("not for anybody")
    return web


NAMES = (
    "../pyproject.toml", "..%2f..%2fpyproject.toml", "%2e%2e/%2e%2e/pyproject.toml", "..%5cpyproject.toml",
    "/etc/passwd", "%2fetc%2fpasswd", "....//pyproject.toml", "%00", "console.css%00.txt", "../pages.py",
    "..%2fpages.py", "../../var/secret/file",
)  # fmt: skip


@pytest.mark.parametrize("place", ["/app/", "/console/static/", "/console/exports/"])
async def test_no_address_reads_a_file_that_is_not_served(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, place: str
) -> None:
    """The address as it is on the wire: a client would fold dots away before it asks."""
    await log_in("carol")
    for name in NAMES:
        request = client.build_request("GET", HERE)
        request.url = httpx.URL(HERE).copy_with(raw_path=f"{place}{name}".encode())
        answer = await client.send(request)
        assert answer.status_code in (303, 307, 308, 400, 403, 404, 405, 503), name
        assert not [word for word in ("root:", '"""', "[project]", "hatchling") if word in answer.text], name
