"""`xerodiary verify`: whether anything in the trail, or in a bundle, was changed, left out or cut off."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from diary_app.core.errors import Code, CommandRefused
from server.commands.surroundings import places, say, services, table
from server.db.engine import reading
from server.trail.verify import verify

MOST_SHOWN = 100
HEADINGS = ("chain", "of", "at", "flaw")


def verify_trail(
    bundle: Annotated[
        Path | None,
        typer.Argument(help="The folder of a bundle, unpacked; the database otherwise."),
    ] = None,
    manifest: Annotated[
        str, typer.Option(help="SHA-256 that manifest.json has to have, as the trail says it.", show_default=False)
    ] = "",
) -> None:
    """Hash everything again and follow every chain: in the database, beside a running server, or in a bundle."""
    if bundle is not None:
        _verify_bundle(bundle, manifest)
        return
    with services() as opened, reading(opened.engine) as connection:
        verdict = verify(connection)
    say(f"{verdict.records} records and {verdict.facts} facts on {verdict.chains} chains, {verdict.anchors} anchors.")
    if not verdict.found:
        say("Nothing was changed, left out or cut off.")
        return
    table(HEADINGS, [(one.kind, one.chain, one.sequence, one.flaw) for one in verdict.found[:MOST_SHOWN]])
    raise CommandRefused(
        Code.TRAIL_BROKEN,
        f"The trail does not hold together at {places(len(verdict.found))}.",
        "Keep this database as it is, find out who could write to it, and compare it with a backup.",
    )


def _verify_bundle(bundle: Path, manifest: str) -> None:
    """No server and no database is needed."""
    _require_unpacked(bundle)
    from server.export.checking import MANIFEST, check  # noqa: PLC0415 - no other command waits for the checks

    checked = check(bundle)
    checked.hold_manifest(manifest)
    say(f"Read: {'; '.join(checked.read) or 'nothing'}.")
    for one in checked.open:
        say(f"  Open: {one}")
    for flaw in checked.flaws[:MOST_SHOWN]:
        say(f"  {flaw}")
    if checked.flaws:
        raise CommandRefused(
            Code.BUNDLE_BROKEN,
            f"The bundle does not hold together at {places(len(checked.flaws))}.",
            "Do not use it. Ask for another copy, and compare the manifest's hash with the one in the study's trail.",
        )
    say(f"{checked.verdict} {MANIFEST} has the SHA-256 {checked.manifest_sha256}.")


def _require_unpacked(bundle: Path) -> None:
    """What the console hands out is packed: to call that broken would be a false alarm."""
    if not bundle.exists():
        raise CommandRefused(Code.NOT_FOUND, f"There is nothing at {bundle}.", "Name the folder of the bundle.")
    if bundle.is_file():
        with bundle.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        raise CommandRefused(
            Code.NOT_FOUND,
            f"{bundle} is one file with the SHA-256 {sha256}, and no folder.",
            "Compare that with what the console's page of exports shows, unpack the file, and name its folder.",
        )
