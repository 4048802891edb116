"""Serves the built web app at /app/: compressed copies, strong tags, and the strictest policy it runs under."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.exceptions import HTTPException

# Hashes of the two style elements that Flutter writes, one in the page and one in a shadow root. Its text differs by
# browser; a browser test that passes for each of them fails when a new Flet needs others.
FLUTTER_STYLES = {
    "Chrome": ("2hxujCU6WzSO6ycZznxFKlHE++BDsDuMYXT/O0zl8rM=", "cgINIZw4iKgU7zccO2vPeZdQJIMlKEchLZG6hpkP+8k="),
    "Edge": ("+v7hPyQa8w+VVy7nD6CDwXylJztbUntj5nwL8we5gLI=", "Z559gOnHVh853tD2n0VTBSlLSRQIIlugZG83UOLIjyA="),
    "Firefox": ("fZHbopTuEB9rOa4sFajsL99Oz43fhnOFJ4Zj62iJRiU=", "s4yQAruZSjIEYHkPO8ehTfzlcsl7trhH8zHgKmbVxp8="),
    "Safari": ("CCNlQB4n2yV+kpblVxCg1CPdS/azQfc966N89UgaYs4=", "VEH2FxdW2Q4z1unMJqqt0UH0BHh5vEfAYRSvZ8RBw6c="),
}
_STYLES = " ".join(f"'sha256-{digest}'" for pair in FLUTTER_STYLES.values() for digest in pair)
CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    f"style-src 'self' {_STYLES}",
    "manifest-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types default flutter-js",
))  # fmt: skip
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}
MEDIA_TYPES: Mapping[str, str] = {
    ".bin": "application/octet-stream",
    ".css": "text/css; charset=utf-8",
    ".frag": "application/octet-stream",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".otf": "font/otf",
    ".png": "image/png",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".zip": "application/zip",
}
ENCODINGS: Mapping[str, str] = {"br": ".br", "gzip": ".gz"}
"""Best first: name of the content coding -> ending of its copies."""

NOT_BUILT = """\
<!DOCTYPE html>
<html lang="da"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dagbog</title></head><body>
<h1>Dagbogen er ikke klar endnu</h1>
<p>Den, der driver serveren, skal køre <code>xerodiary web build</code> og starte serveren igen.</p>
<h1 lang="en">The diary is not ready yet</h1>
<p lang="en">Whoever runs the server has to run <code>xerodiary web build</code> and start the server again.</p>
</body></html>
"""


@dataclass(frozen=True)
class Copy:
    """The bytes chosen for an answer, and how they are compressed."""

    path: Path
    encoding: str | None

    def tag(self) -> str:
        """A strong entity tag: different for each content and each coding."""
        status = self.path.stat()
        return tag_of(str(self.path), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1024)
def tag_of(path: str, *_stamp: int) -> str:
    """Hash of a file's bytes; computed once for as long as time and size stay the same."""
    with Path(path).open("rb") as file:
        return f'"{hashlib.file_digest(file, "sha256").hexdigest()[:32]}"'


def mount_web_app(app: FastAPI, folder: Path) -> None:
    """Answer below /app/ with the files of a built web app; nothing outside the folder, nothing hidden."""

    @app.api_route("/app", methods=["GET", "HEAD"], include_in_schema=False)
    def to_the_app() -> RedirectResponse:
        return RedirectResponse("/app/", status_code=308)

    @app.api_route("/app/{name:path}", methods=["GET", "HEAD"], include_in_schema=False)
    def web_file(name: str, request: Request) -> Response:
        if not (folder / "index.html").is_file():
            return HTMLResponse(NOT_BUILT, status_code=503, headers={"Cache-Control": "no-store"})
        path = file_within(folder, name or "index.html")
        if path is None and "text/html" in request.headers.get("accept", ""):
            raise HTTPException(404, "Not Found")  # a page for people; a program reads no words
        if path is None:
            return PlainTextResponse("Not found\n", status_code=404, headers=dict(HEADERS))
        return answer(path, request.headers)


def file_within(folder: Path, name: str) -> Path | None:
    """The file of that name below the folder; None for anything missing, hidden, outside, or only a compressed copy."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or "\\" in name or any(part.startswith(".") for part in parts):
        return None
    if name.endswith(tuple(ENCODINGS.values())) or "\0" in name:
        return None
    path = folder.joinpath(*parts).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.is_file() else None


def answer(path: Path, request: Mapping[str, str]) -> Response:
    """The file in the best coding that the client accepts, or 304 when it has it already."""
    copy = choose_copy(path, request.get("accept-encoding", ""))
    headers = {**HEADERS, "ETag": copy.tag()}
    if is_known(headers["ETag"], request.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    if copy.encoding is not None:
        headers["Content-Encoding"] = copy.encoding
    return FileResponse(copy.path, headers=headers, media_type=MEDIA_TYPES.get(path.suffix, "application/octet-stream"))


def choose_copy(path: Path, accepted: str) -> Copy:
    """A compressed copy where there is one that the client takes, else the file itself."""
    codings = accepted_codings(accepted)
    for name, ending in ENCODINGS.items():
        packed = path.with_name(f"{path.name}{ending}")
        if name in codings and packed.is_file():
            return Copy(packed, name)
    return Copy(path, None)


def accepted_codings(header: str) -> set[str]:
    """Codings named in Accept-Encoding and not refused with q=0."""
    named = [[part.strip() for part in word.lower().split(";")] for word in header.split(",")]
    return {name for name, *quality in named if not any(is_zero(word) for word in quality)}


def is_zero(quality: str) -> bool:
    """Whether a parameter says q=0, in any of its spellings."""
    name, _, value = quality.partition("=")
    return name.strip() == "q" and value.strip().rstrip("0").rstrip(".") in {"", "0"}


def is_known(tag: str, header: str) -> bool:
    """Whether If-None-Match names the tag; comparison is weak, as a proxy may have weakened it."""
    return header.strip() == "*" or tag in {word.strip().removeprefix("W/") for word in header.split(",")}
