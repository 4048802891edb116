"""Compiles the translations for a build: `.po` sources in, `.mo` files out, with the standard library alone."""

from pathlib import Path

from diary_app.core.catalogue import compile_po


def compile_catalogue(po: bytes) -> bytes:
    """One catalogue; the same bytes every time. Raises `CatalogueInvalid` when it cannot be read."""
    return compile_po(po.decode())


def compile_catalogues(source: Path, target: Path) -> tuple[Path, ...]:
    """Compile `source/<language>/LC_MESSAGES/*.po` to the same places below `target`. Raises `CatalogueInvalid`."""
    compiled = []
    for po in sorted(source.glob("*/LC_MESSAGES/*.po")):
        mo = target / po.relative_to(source).with_suffix(".mo")
        mo.parent.mkdir(parents=True, exist_ok=True)
        mo.write_bytes(compile_catalogue(po.read_bytes()))
        compiled.append(mo)
    return tuple(compiled)
