"""`archive/facts.zip`: every fact of the cut verbatim, from which `xerodiary restore --from-bundle` rebuilds a server.

It has the form of a backup. User names that were no fact at the cut lie beside its facts. Contact data, accounts, keys
and codes are not in it. Of what a phone proves itself with it holds a hash that nobody can turn back, so that phones go
on with the new server and send what they still hold.
"""

import json
from pathlib import Path

from diary_app import VERSION
from diary_app.core.errors import Code, CommandRefused
from server.access.account_names import unnamed
from server.backup import archive
from server.backup.archive import Manifest
from server.backup.enclosed import STUDY, written_names
from server.backup.rows import fact_tables
from server.db import migrate
from server.export.checking import FACTS, MANIFEST, check
from server.export.content import Cut
from server.export.replica import Replica


def write_archive(draft: Path, known: Replica, cut: Cut) -> None:
    """Write it from a replica, whose tables hold nothing else."""
    study = known.services.study
    about = Manifest(
        app_version=VERSION, schema_revision=migrate.newest(), database="sqlite", study=study.id,
        study_version=study.version, epoch=cut.id, taken_at=cut.at, sealing_key="", files={}, tables=(),
    )  # fmt: skip
    file = draft / FACTS
    file.parent.mkdir()
    with file.open("wb") as stream:
        files = {STUDY: study.text.encode(), **written_names(unnamed(known.connection))}
        archive.write(stream, known.connection, about, files, fact_tables())


def archive_in(bundle: Path) -> Path:
    """The facts of a bundle that holds together. Raises `CommandRefused` (bundle_broken)."""
    flaws = check(bundle).flaws or ([] if (bundle / FACTS).exists() else [f"{FACTS} is missing"])
    if not flaws and json.loads((bundle / MANIFEST).read_bytes())["test"]:
        flaws = ["its participants are dummies"]
    if flaws:
        raise CommandRefused(
            Code.BUNDLE_BROKEN,
            f"{bundle} cannot be restored: {flaws[0]}.",
            "Nothing was changed. Take another copy; only bundles of scope archive hold what a server is made from.",
        )
    return bundle / FACTS
