"""Compressed copies beside the files, so that serving compresses nothing; each content is compressed once."""

import gzip
import hashlib
import importlib
import importlib.util
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from diary_app.web.pack import Files, keep

PACKED_ALREADY = (".png", ".woff2")
WORTHWHILE = 0.95
BROTLI_QUALITY = 11


@dataclass(frozen=True)
class Method:
    """One way to compress: the ending of the copies and the function."""

    ending: str
    compress: Callable[[bytes], bytes]


def to_gzip(content: bytes) -> bytes:
    """As small as gzip goes, and without a date."""
    return gzip.compress(content, 9, mtime=0)


def methods(release: bool) -> tuple[Method, ...]:
    """gzip always; brotli takes minutes, so only for a release and where the package is installed."""
    if not release or importlib.util.find_spec("brotli") is None:
        return (Method(".gz", to_gzip),)
    brotli = importlib.import_module("brotli")
    return (
        Method(".gz", to_gzip),
        Method(".br", lambda content: bytes(brotli.compress(content, quality=BROTLI_QUALITY))),
    )


def compressed(files: Files, cache: Path, release: bool) -> dict[str, bytes]:
    """The copies worth having: path + ending -> bytes."""
    jobs = [(name, method) for name in files if not name.endswith(PACKED_ALREADY) for method in methods(release)]
    with ThreadPoolExecutor() as pool:
        copies = pool.map(lambda job: one_copy(files[job[0]], job[1], cache), jobs)
        made = {f"{name}{method.ending}": copy for (name, method), copy in zip(jobs, copies, strict=True)}
    return {name: copy for name, copy in made.items() if is_worthwhile(copy, files[name.rpartition(".")[0]])}


def one_copy(content: bytes, method: Method, cache: Path) -> bytes:
    """From the cache, else compressed now."""
    kept = cache / f"{hashlib.sha256(content).hexdigest()}{method.ending}"
    if not kept.is_file():
        keep(method.compress(content), kept)
    return kept.read_bytes()


def is_worthwhile(copy: bytes, content: bytes) -> bool:
    """Whether a copy saves enough to be served."""
    return len(copy) < WORTHWHILE * len(content)
