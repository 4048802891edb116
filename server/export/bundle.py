"""The sponsor's bundle: one cut in every format asked for, whole or not at all, and noted in the trail.

Every participant is read once and handed to all formats; what each says it wrote is held against one tally, and a
bundle whose formats disagree is not handed out.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from diary_app import VERSION
from diary_app.core.errors import Code, CommandRefused
from diary_app.core.study import Study
from diary_app.core.times import format_utc
from server.db import set_aside, site_facts
from server.db.site_facts import EVERYWHERE
from server.export import cuts, sharing, site_trail, tally
from server.export.archive_part import write_archive
from server.export.chain_list import write_chain_list
from server.export.checked import NEWEST
from server.export.checker_file import NAME as CHECKER
from server.export.checker_file import write_checker
from server.export.checking import MANIFEST
from server.export.content import About, Cut
from server.export.cutting import TABLES, newest_moment, require_past
from server.export.drafts import whole_or_nothing
from server.export.formats import MEANINGS, Format
from server.export.opening import Task, opened
from server.export.readable import File, write_readme
from server.export.reading import instruments_in_use
from server.export.replica import Replica, replica
from server.export.sharing import Helpers, write_everybody
from server.export.site_trail import write_site_trail
from server.export.wanted import Made, Progress, Scope, Wanted
from server.services import Services
from server.trail.extracts import EXTRACT_MADE

_BLOCK = 1 << 20
#: Whose NDJSON begins with its first row; that of datasets begins with what they are.
_WITHOUT_A_HEAD = ("fhir", "trail")


def make_bundle(
    services: Services,
    folder: Path,
    wanted: Wanted,
    *,
    author: str,
    progress: Progress | None = None,
) -> Made:
    """Write the bundle into `folder`, which is absent or empty. Raises `CommandRefused`; then nothing is there.

    Raises ValueError for an archive of some sites: its facts are everybody's.

    `progress` is told how many participants of how many are done, from the first to the last.
    """
    if wanted.scope is Scope.ARCHIVE and wanted.sites is not None:
        raise ValueError("an archive is of everybody")
    now = services.environment.now()
    at = wanted.at or newest_moment(now)
    require_past(at, now)
    processes = services.settings.export_processes or sharing.usual_number()
    helping = sharing.started(services.engine, wanted.formats, wanted.sites, processes)
    with whole_or_nothing(folder) as draft, helping as helpers, replica(services, at, helpers) as known:
        cut = cuts.cut_of(known, wanted.kind, at)
        _note_cut(services, cut, known, author)
        cut = cuts.of_sites(cut, wanted.sites)
        about = _about(known, cut, wanted)
        counts, parts = _write_formats(draft, known.connection, about, wanted.formats, helpers, progress)
        _write_site_trail(draft, known, wanted, counts)
        heads_sha256 = _write_chains(draft, known, wanted)
        if wanted.scope is Scope.ARCHIVE:
            write_archive(draft, known, cut)
        write_checker(draft)
        _write_readme(draft, about, counts)
        files = _files(draft)
        manifest = _manifest(known, about, wanted.scope, counts, parts, files, heads_sha256)
        sha256 = _write(draft / MANIFEST, manifest)
        made = Made(folder, cut, counts, len(files) + 1, sha256)
        note_extract(services, made, wanted, author)
    return made


def _note_cut(services: Services, cut: Cut, known: Replica, author: str) -> None:
    def keep(connection: Connection) -> None:
        cuts.note(connection, cut, known, author=author, environment=services.environment)

    services.writer.run(EVERYWHERE, keep)


def note_extract(services: Services, made: Made, wanted: Wanted, author: str) -> None:
    """Before the bundle has its name: nothing is taken that is not in the trail."""
    body = {
        "what": "bundle", "cut": made.cut.id, "cut_at": format_utc(made.cut.at), "cut_kind": made.cut.kind.value,
        "scope": wanted.scope.value, "formats": " ".join(sorted(wanted.formats)), "test": int(wanted.is_test),
        "rows": made.counts["participants"], "sha256": made.manifest_sha256,
        "with_answers": int(wanted.formats != {Format.STATES}),
        "sites": "*" if wanted.sites is None else " ".join(sorted(wanted.sites)),
    }  # fmt: skip
    environment = services.environment

    def keep(connection: Connection) -> None:
        site_facts.append(
            connection, site=EVERYWHERE, kind=EXTRACT_MADE, body=body, author=author,
            at=environment.now(), id=environment.new_id(),
        )  # fmt: skip

    services.writer.run(EVERYWHERE, keep)


def _write_formats(
    draft: Path, connection: Connection, about: About, formats: frozenset[Format], helpers: Helpers,
    progress: Progress | None,
) -> tuple["Counter[str]", dict[str, dict[str, int]]]:  # fmt: skip
    counts = Counter(dict.fromkeys(tally.OF_PEOPLE, 0))
    with opened(draft, about, formats) as parts:
        counts.update(write_everybody(parts, draft, connection, Task(about, formats), helpers, progress))
        if Format.TRAIL in formats:
            counts[tally.SET_ASIDE] = set_aside.count(connection, about.sites)
        wrote = {name: dict(sorted(part.finish().items())) for name, part in parts.items()}
    for name, said in wrote.items():
        _require_agreement(name, said, counts)
    return counts, wrote


def _write_site_trail(draft: Path, known: Replica, wanted: Wanted, counts: "Counter[str]") -> None:
    """With the trail of participants; what it wrote, and what was set aside, is held against what there is."""
    if Format.TRAIL in wanted.formats:
        folder, connection = draft / Format.TRAIL, known.connection
        wrote = write_site_trail(connection, folder, wanted.sites, is_test=wanted.is_test)
        counts.update(site_trail.count(connection, wanted.sites))
        _require_agreement(Format.TRAIL, wrote, counts)


def _about(known: Replica, cut: Cut, wanted: Wanted) -> About:
    versions = known.services.versions
    if wanted.is_test:
        versions = tuple(replace(one, study=marked_as_test(one.study)) for one in versions)
    study = versions[-1].study
    return About(
        study=study,
        versions=versions,
        instruments=tuple(instruments_in_use(known.connection, study)),
        cut=cut,
        program=f"xerodiary {VERSION}",
        is_test=wanted.is_test,
        sites=None if wanted.sites is None else tuple(sorted(wanted.sites)),
    )


def marked_as_test(study: Study) -> Study:
    """The study under a code that no one can take for the real one; it stands in every identifier of every row."""
    return study.model_copy(update={"studyid": f"TEST-{study.studyid}"[:20]})


def _require_agreement(name: str, said: Mapping[str, int], counts: Mapping[str, int]) -> None:
    differ = sorted(what for what, number in said.items() if number != counts.get(what, 0))
    if differ:
        told = ", ".join(f"{what} {said[what]} instead of {counts.get(what, 0)}" for what in differ)
        raise CommandRefused(
            Code.BUNDLE_DISAGREES,
            f"The files in {name}/ do not account for everything: {told}.",
            "No bundle was made. This is a fault of the program; report it with this line.",
        )


def _write_readme(draft: Path, about: About, counts: Mapping[str, int]) -> None:
    told: list[File] = [(name, _rows(draft / name), what) for name, what in MEANINGS.items() if (draft / name).exists()]
    checks = (f"python {CHECKER}", "xerodiary verify FOLDER")
    write_readme(draft, about, counts, told, checks=tuple(f"{one} --manifest SHA256" for one in checks))


def _rows(file: Path) -> int | None:
    """How many rows a table has below its head; None for what is no table."""
    if file.suffix not in (".csv", ".ndjson"):
        return None
    with file.open("rb") as lines:
        count = sum(block.count(b"\n") for block in iter(partial(lines.read, _BLOCK), b""))
    return count if file.parent.name in _WITHOUT_A_HEAD and file.suffix == ".ndjson" else count - 1


def _write_chains(draft: Path, known: Replica, wanted: Wanted) -> str:
    folder = draft / "trail"
    folder.mkdir(exist_ok=True)
    return write_chain_list(known.connection, folder / "chain.csv", wanted.sites)


def _manifest(
    known: Replica,
    about: About,
    scope: Scope,
    counts: Mapping[str, int],
    parts: Mapping[str, Mapping[str, int]],
    files: Sequence[Mapping[str, object]],
    heads_sha256: str,
) -> dict[str, object]:
    cut = about.cut
    return {
        "bundle": NEWEST,
        "study": about.study.id,
        "studyid": about.study.studyid,
        "study_versions": [
            {"version": one.study.version, "since": format_utc(one.since), "sha256": one.study.sha256}
            for one in about.versions
        ],
        "cut": {
            "id": cut.id, "kind": cut.kind.value, "at": format_utc(cut.at), "content_sha256": cut.content_sha256,
            "heads_sha256": heads_sha256,
        },
        "scope": scope.value,
        "sites": about.sites,
        "test": about.is_test,
        "program": about.program,
        "counts": dict(sorted(counts.items())),
        "parts": dict(parts),
        "facts": known.rows if about.sites is None else {},
        "canonical": {one.name: list(one.canonical) for one in TABLES},
        "files": list(files),
    }  # fmt: skip


def _files(draft: Path) -> list[Mapping[str, object]]:
    found = sorted((file.relative_to(draft).as_posix(), file) for file in draft.rglob("*") if file.is_file())
    return [{"path": name, "bytes": file.stat().st_size, "sha256": _sha256(file)} for name, file in found]


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write(file: Path, manifest: Mapping[str, object]) -> str:
    data = (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()
    file.write_bytes(data)
    return hashlib.sha256(data).hexdigest()
