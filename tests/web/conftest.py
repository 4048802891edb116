"""Built folders small enough to make in a moment, and the app as it would be shipped."""

import gzip
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from diary_app.web.source import AppSource, diary_source
from server.webapp import mount_web_app

SCRIPT = b"console.log('hello');\n" * 50


@pytest.fixture(scope="session")
def shipped() -> AppSource:
    return diary_source("1.2.3")


@pytest.fixture
def web_folder(tmp_path: Path) -> Path:
    """What the server sees of a built web app: a page, a script with a compressed copy, and things not to serve."""
    folder = tmp_path / "web"
    (folder / "pyodide").mkdir(parents=True)
    (folder / "index.html").write_text("<!DOCTYPE html><title>Dagbog</title>", encoding="utf-8")
    (folder / "boot.js").write_bytes(SCRIPT)
    (folder / "boot.js.gz").write_bytes(gzip.compress(SCRIPT, mtime=0))
    (folder / "pyodide" / "pyodide.mjs").write_bytes(b"export {};\n")
    (folder / "pyodide" / "pyodide.asm.wasm").write_bytes(b"\0asm")
    (folder / ".build.json").write_text("{}", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("not yours", encoding="utf-8")
    return folder


@pytest.fixture
def client(web_folder: Path) -> AsyncClient:
    return client_of(web_folder)


def client_of(folder: Path) -> AsyncClient:
    """A client of a server that serves only that folder."""
    app = FastAPI()
    mount_web_app(app, folder)
    return AsyncClient(transport=ASGITransport(app), base_url="http://diary.test")
