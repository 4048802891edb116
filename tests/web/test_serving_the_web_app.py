"""How a built web app is served: choice of copy, tags, policy, and nothing that is not meant to go out."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from server.webapp import CONTENT_SECURITY_POLICY, file_within, mount_web_app

SCRIPT_BYTES = 50 * len(b"console.log('hello');\n")


async def test_address_without_slash_leads_to_the_app(client: AsyncClient) -> None:
    answer = await client.get("/app")
    assert (answer.status_code, answer.headers["location"]) == (308, "/app/")


async def test_scope_answers_with_the_page(client: AsyncClient) -> None:
    answer = await client.get("/app/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Dagbog</title>" in answer.text


async def test_policy_allows_nothing_but_our_own_files(client: AsyncClient) -> None:
    policy = (await client.get("/app/")).headers["content-security-policy"]
    assert policy == CONTENT_SECURITY_POLICY
    assert policy.startswith("default-src 'none'; ")
    for forbidden in ("http:", "https:", "*", "data:", "unsafe-inline", "'unsafe-eval'"):
        assert forbidden not in policy


async def test_every_answer_carries_the_safety_headers(client: AsyncClient) -> None:
    for path in ("/app/", "/app/boot.js", "/app/missing.js"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert headers["cache-control"] == "no-cache"


async def test_compressed_copy_goes_to_those_who_take_it(client: AsyncClient) -> None:
    answer = await client.get("/app/boot.js", headers={"accept-encoding": "gzip, deflate"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < SCRIPT_BYTES / 4
    assert len(answer.content) == SCRIPT_BYTES
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.000, identity"])
async def test_plain_bytes_go_to_everybody_else(client: AsyncClient, accepted: str) -> None:
    answer = await client.get("/app/boot.js", headers={"accept-encoding": accepted})
    assert "content-encoding" not in answer.headers
    assert int(answer.headers["content-length"]) == SCRIPT_BYTES
    assert answer.headers["vary"] == "Accept-Encoding"


async def test_brotli_is_preferred_where_it_is_there(client: AsyncClient, web_folder: Path) -> None:
    (web_folder / "boot.js.br").write_bytes(b"brotli's bytes")
    answer = await client.head("/app/boot.js", headers={"accept-encoding": "gzip, br"})
    assert answer.headers["content-encoding"] == "br"


async def test_known_content_is_not_sent_again(client: AsyncClient) -> None:
    tag = (await client.get("/app/boot.js")).headers["etag"]
    again = await client.get("/app/boot.js", headers={"if-none-match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


async def test_each_coding_has_a_strong_tag_of_its_own(client: AsyncClient) -> None:
    packed = (await client.get("/app/boot.js", headers={"accept-encoding": "gzip"})).headers["etag"]
    plain = (await client.get("/app/boot.js", headers={"accept-encoding": "identity"})).headers["etag"]
    assert packed != plain
    assert packed.startswith('"')


async def test_tag_follows_the_content(client: AsyncClient, web_folder: Path) -> None:
    before = (await client.get("/app/")).headers["etag"]
    (web_folder / "index.html").write_text("<!DOCTYPE html><title>Dagbog, nyere</title>", encoding="utf-8")
    assert (await client.get("/app/")).headers["etag"] != before


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("pyodide/pyodide.mjs", "text/javascript; charset=utf-8"), ("pyodide/pyodide.asm.wasm", "application/wasm")],
)
async def test_media_types_let_browsers_run_modules(client: AsyncClient, path: str, media_type: str) -> None:
    assert (await client.get(f"/app/{path}")).headers["content-type"] == media_type


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt", "%2e%2e/secret.txt", "pyodide/../../secret.txt", "..%2fsecret.txt", "%2fetc/passwd",
        "..\\secret.txt", "..%5csecret.txt", "%00", ".build.json", "boot.js.gz", "pyodide", "pyodide/", "boot.js/x",
    ],
)  # fmt: skip
async def test_nothing_else_is_reached(client: AsyncClient, path: str) -> None:
    answer = await client.get(f"/app/{path}")
    assert answer.status_code == 404
    assert "not yours" not in answer.text


@pytest.mark.parametrize("name", ["../secret.txt", "pyodide/../../secret.txt", "/etc/passwd", "", "..", "boot.js/.."])
def test_names_that_lead_outside_find_nothing(web_folder: Path, name: str) -> None:
    assert file_within(web_folder, name) is None


async def test_link_out_of_the_folder_is_not_followed(client: AsyncClient, web_folder: Path) -> None:
    (web_folder / "escape.txt").symlink_to(web_folder.parent / "secret.txt")
    assert (await client.get("/app/escape.txt")).status_code == 404


async def test_a_person_who_finds_nothing_is_left_to_the_page_for_errors(client: AsyncClient) -> None:
    program, browser = await client.get("/app/enrol"), await client.get("/app/enrol", headers={"Accept": "text/html"})
    assert (program.status_code, browser.status_code) == (404, 404)
    assert (program.text, browser.headers["content-type"]) == ("Not found\n", "application/json")


async def test_missing_build_names_the_command(tmp_path: Path) -> None:
    app = FastAPI()
    mount_web_app(app, tmp_path / "nowhere")
    client = AsyncClient(transport=ASGITransport(app), base_url="http://diary.test")
    answer = await client.get("/app/")
    assert answer.status_code == 503
    assert "<code>xerodiary web build</code>" in answer.text


async def test_interface_description_leaves_the_files_out(client: AsyncClient) -> None:
    assert (await client.get("/openapi.json")).json()["paths"] == {}
