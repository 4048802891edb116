"""What has to be true behind a proxy, asked over https: headers, compression, bodies, addresses, what stays inside."""

import hashlib
import re
from contextlib import closing

import httpx

from diary_app.core.enrolment_code import code_from
from diary_app.core.environment import SystemEnvironment
from diary_app.core.rescue import MAX_FILE_BYTES
from diary_app.core.wire import ENROL_PATH, MAX_BODY_BYTES, SYNC_PATH
from tests.deploy.behind import BUNDLE_BYTES, COORDINATOR, EXPORTER, FORM, Behind, logged_in
from tests.deploy.proxies import HOST

ONCE = (
    "content-security-policy", "strict-transport-security", "cross-origin-opener-policy", "permissions-policy",
    "cross-origin-resource-policy", "referrer-policy", "x-content-type-options", "cache-control", "x-request-id",
)  # fmt: skip
#: Of the connection and not of the answer, or another one each time.
OF_THE_WAY = frozenset({
    "alt-svc", "connection", "date", "keep-alive", "server", "transfer-encoding", "content-length", "x-request-id",
})  # fmt: skip
PAGES = ("/app/", "/app/main.dart.js", "/console/login", "/console/static/console.css", "/healthz", "/api/v1/nothing")
HIDDEN = (
    "/metrics", "/house", "/readyz", "/metrics/", "//metrics", "/%6Detrics", "/METRICS", "/app/../metrics", "/./house",
    "/metrics?x=1", "/console/../readyz",
)  # fmt: skip
CODINGS = ("br", "gzip", "identity")
TRIES = 20  # XERODIARY_ENROL_TRIES_PER_HOUR
MEGABYTE = 1024 * 1024


def headers_arrive_once(behind: Behind) -> str:
    """Every header of ours arrives as the server sends it: none twice, none dropped, none changed."""
    with behind.client() as client, httpx.Client(base_url=behind.direct) as server:
        for path in PAGES:
            through, direct = client.get(path), server.get(path)
            assert through.status_code == direct.status_code, (path, through.status_code, direct.status_code)
            for name in ONCE:
                assert len(through.headers.get_list(name)) == 1, (path, name, through.headers.get_list(name))
            assert _own(through) == _own(direct), (path, _own(through) ^ _own(direct))
            assert not re.search(r"\d", through.headers.get("server", "")), "the proxy tells its version"
    return f"{len(PAGES)} addresses"


def _own(answer: httpx.Response) -> set[tuple[str, str]]:
    return {(name.lower(), value) for name, value in answer.headers.multi_items() if name.lower() not in OF_THE_WAY}


def compressed_files_arrive_as_sent(behind: Behind) -> str:
    """The same bytes, coding, strong tag and Vary; 304 for whoever has them."""
    path = "/app/main.dart.js"
    with behind.client() as client, httpx.Client(base_url=behind.direct) as server:
        for coding in CODINGS:
            asked = {"accept-encoding": coding}
            through, direct = _raw(client, path, asked), _raw(server, path, asked)
            assert through == direct, (coding, through[0] ^ direct[0])
            tag = dict(through[0])["etag"]
            assert tag.startswith('"'), f"{tag} is weak"
            again = client.get(path, headers={**asked, "if-none-match": tag})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            assert again.headers.get_list("vary") == ["Accept-Encoding"]
            head = client.head(path, headers=asked)
            assert (head.status_code, head.content) == (200, b"")
    return ", ".join(CODINGS)


def _raw(client: httpx.Client, path: str, headers: dict[str, str]) -> tuple[set[tuple[str, str]], str]:
    with client.stream("GET", path, headers=headers) as answer:
        body = b"".join(answer.iter_raw())
        length = answer.headers.get("content-length")
        assert length == str(len(body)), f"stated {length}, came {len(body)}"
        return _own(answer), hashlib.sha256(body).hexdigest()


def plain_http_leads_to_https(behind: Behind) -> str:
    """With the same address; and nothing that the server answers leads back to http."""
    with behind.client() as client:
        for path in ("/", "/app/", "/console/login?next=x"):
            answer = httpx.get(behind.proxy.plain_origin + path)
            assert answer.status_code in (301, 302, 307, 308), answer.status_code
            where = httpx.URL(answer.headers["location"])  # Caddy takes its port for 443 behind something of ours
            assert (where.scheme, where.host, where.raw_path.decode()) == ("https", HOST, path), where
        for path in ("/", "/app", "/console", "/console/", "/api/v1/sync/", "/healthz/", "/console/login/"):
            where = client.get(path).headers.get("location", "")
            assert not where.startswith("http:"), f"{path} leads to {where}"
    return "301 or 308"


def nothing_inside_is_shown(behind: Behind) -> str:
    """Neither metrics nor how the server is doing, however it is spelt."""
    with behind.client() as client:
        for path in HIDDEN:
            request = client.build_request("GET", "/")
            request.url = request.url.copy_with(raw_path=path.encode())
            answer = client.send(request)
            assert answer.status_code in (400, 403, 404, 308), (path, answer.status_code)
            assert "xerodiary_" not in answer.text, path
            assert '"writer"' not in answer.text, path
    return f"{len(HIDDEN)} spellings"


def a_client_cannot_claim_an_address(behind: Behind) -> str:
    """Wrong codes count for whoever sends them, whatever they say of themselves; a neighbour is not held up."""
    with behind.client(source="127.0.0.3") as client:
        for number in range(TRIES):
            forged = {"x-forwarded-for": f"198.51.100.{number}", "forwarded": f"for=198.51.100.{number}"}
            answer = _enrol(client, _wrong_code(), forged | {"x-real-ip": f"198.51.100.{number}"})
            assert answer.status_code == 404, (number, answer.status_code, answer.text)
        lines = [("x-forwarded-for", "203.0.113.7"), ("x-forwarded-for", "203.0.113.8")]
        refused = _enrol(client, _wrong_code(), dict(lines))
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tries"), refused.text
    with behind.client(source="127.0.0.4") as neighbour:
        answer = _enrol(neighbour, _wrong_code(), {})
        assert answer.status_code == 404, "the proxy's own address was counted"
    return f"{TRIES} tries, then 429"


def _wrong_code() -> str:
    return code_from(SystemEnvironment().random_bytes(16))


def _enrol(client: httpx.Client, code: str, headers: dict[str, str]) -> httpx.Response:
    body = {
        "protocol": 1, "code": code, "device": "11111111-1111-4111-8111-111111111111", "token_sha256": "0" * 64,
        "device_clock": "2026-01-01T00:00:00.000Z", "app_version": "1.0",
    }  # fmt: skip
    return client.post(ENROL_PATH, json=body, headers=headers)


def large_requests_get_our_answer(behind: Behind) -> str:
    """What is too large is refused in our words with our code, stated or not, also where the proxy refuses it."""
    almost = b'"' + b"x" * (MAX_BODY_BYTES - 2) + b'"'
    with behind.client() as client:
        assert _refusal(client, almost) == (400, "request_invalid")
        assert _refusal(client, almost + b" ") == (413, "body_too_large")
        assert _refusal(client, b" " * 5 * MEGABYTE) == (413, "body_too_large")
        assert _refusal(client, b" " * 20 * MEGABYTE) == (413, "body_too_large")
        pieces = (b" " * MEGABYTE for _ in range(3))  # without a stated length
        answer = client.post(SYNC_PATH, content=pieces)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    return "1, 5, 20 MB and unstated"


def _refusal(client: httpx.Client, body: bytes) -> tuple[int, str]:
    answer = client.post(SYNC_PATH, content=body, headers={"content-type": "application/json"})
    assert answer.headers["content-type"] == "application/json", (len(body), answer.status_code, answer.text[:200])
    return answer.status_code, answer.json()["code"]


def rescue_files_of_full_size_arrive(behind: Behind) -> str:
    """The largest file that the page takes is read by the server, which says what is wrong with it."""
    with closing(logged_in(behind, COORDINATOR)) as client:
        csrf = _csrf(behind, client, "/console/rescue")
        for size, words in ((MAX_FILE_BYTES, "not a whole rescue file"), (MAX_FILE_BYTES + 8192, "larger than 5 MB")):
            answer = client.post("/console/rescue", data={"csrf": csrf}, files={"file": ("a.rescue", b"x" * size)})
            assert words in answer.text, (size, answer.status_code, answer.text[:300])
    return "5 MB"


def _csrf(behind: Behind, client: httpx.Client, path: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get(path).text)
    assert found is not None
    behind.secrets.add(found[1])
    return found[1]


def bundles_arrive_whole_and_in_parts(behind: Behind) -> str:
    """More than 100 MB come as they are, a part of them as that part, and without lying on the proxy's disk."""
    with closing(logged_in(behind, EXPORTER)) as client:
        page = client.get("/console/exports").text
        found = re.search(r'href="(/console/exports/[^"]+/file)"', page)
        assert found is not None
        whole, length, size = hashlib.sha256(), 0, 0
        with client.stream("GET", found[1]) as answer:
            assert answer.status_code == 200
            for piece in answer.iter_raw(MEGABYTE):
                if not length:  # a part has come, and nobody has asked for more for a moment
                    size = sum(file.stat().st_size for file in behind.proxy.folder.rglob("*") if file.is_file())
                whole.update(piece)
                length += len(piece)
        assert (length, whole.hexdigest()) == (BUNDLE_BYTES, _hash_of_bundle(behind))
        assert size < 10 * MEGABYTE, f"{size} bytes lie on the proxy's disk"
        part = client.get(found[1], headers={"range": f"bytes={BUNDLE_BYTES - 1000}-"})
        assert (part.status_code, len(part.content)) == (206, 1000)
        assert part.headers["content-range"] == f"bytes {BUNDLE_BYTES - 1000}-{BUNDLE_BYTES - 1}/{BUNDLE_BYTES}"
    return f"{BUNDLE_BYTES // MEGABYTE} MB"


def _hash_of_bundle(behind: Behind) -> str:
    (file,) = (one for one in behind.settings.var_folder.rglob("bundle.zip") if one.stat().st_size)
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def answers_while_the_server_is_away(behind: Behind) -> str:
    """Phones get our code and a moment to come back; people get a sentence; it is all over when the server is back."""
    marker = "0123456789abcdef" * 4
    behind.secrets.add(marker)
    (server,) = behind.servers
    server.stop()
    try:
        with behind.client() as client:
            phone = client.post(SYNC_PATH, json={"records": ["x"]}, headers={"authorization": f"Bearer {marker}"})
            assert (phone.status_code, phone.json()["code"]) == (503, "server_busy"), phone.text[:200]
            assert int(phone.headers["retry-after"]) > 0
            person = client.get(f"/console/join?code={marker}", headers={"cookie": f"session={marker}"})
            assert (person.status_code, person.headers["content-type"]) == (503, "text/plain; charset=utf-8")
            assert person.text.count("\n") == 2
            client.post(f"/console/join?code={marker}", content=b"x" * 20 * MEGABYTE, headers=FORM)
            httpx.get(f"{behind.proxy.plain_origin}/console/join?code={marker}")
    finally:
        server.start()
        server.wait_ready()
    with behind.client() as client:
        assert client.get("/console/login").status_code == 200
    return "503 server_busy"


def no_log_holds_a_secret(behind: Behind) -> str:
    """After everything else: no code, token, cookie, password or address of a page is in any log."""
    written = behind.written()
    found = {secret for secret in behind.secrets if secret in written}
    assert not found, f"{len(found)} of {len(behind.secrets)} secrets are in a log"
    for word in ("/console/join", "/console/person/", "code=", "enrol="):
        lines = [line for line in written.splitlines() if word in line and f'"route": "{word}' not in line]
        assert not lines, lines[0]
    assert len(behind.servers[0].log.read_text()) > 0
    return f"{len(behind.secrets)} secrets in {len(written) // 1024} kB"


OVER_HTTPS = (
    headers_arrive_once, compressed_files_arrive_as_sent, plain_http_leads_to_https, nothing_inside_is_shown,
    large_requests_get_our_answer, rescue_files_of_full_size_arrive, bundles_arrive_whole_and_in_parts,
    a_client_cannot_claim_an_address, answers_while_the_server_is_away,
)  # fmt: skip
