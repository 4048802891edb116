"""CSV into a folder of one's own, without a bundle around it: written whole or not at all."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.instruments import Instrument
from diary_app.core.study import Study
from server.export.content import About, Cut, CutKind
from server.export.csv_columns import DICTIONARY, EXPECTED_DAYS, LONG, VISITS, WIDE, columns_of
from server.export.csv_part import open_csv
from server.export.participant import ExportedParticipant

__all__ = ["DICTIONARY", "EXPECTED_DAYS", "LONG", "VISITS", "WIDE", "columns_of", "whole_or_nothing", "write_csv"]


@dataclass
class ExportReport:
    """How many rows each file got."""

    folder: Path
    rows: dict[str, int] = field(default_factory=dict)


def write_csv(
    folder: Path,
    study: Study,
    instruments: Sequence[Instrument],
    people: Iterable[ExportedParticipant],
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """Write all files into `folder`, which must be absent or empty, as of `now`. Raises `CommandRefused`."""
    about = About(study, (), tuple(instruments), Cut("", CutKind.INTERIM, now, ""), "")
    with whole_or_nothing(folder) as draft:
        part = open_csv(draft, about)
        for done, person in enumerate(people, 1):
            part.add(person)
            if progress is not None:
                progress(done)
        part.finish()
    return ExportReport(folder, dict(part.rows))


@contextmanager
def whole_or_nothing(folder: Path) -> Iterator[Path]:
    """A draft folder beside the target that takes its name only when everything was written."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandRefused(
            Code.FOLDER_NOT_EMPTY, f"{folder} is not an empty folder.", "Name a folder that does not exist."
        )
    draft = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True)
        yield draft
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    except OSError as error:
        raise CommandRefused(
            Code.FOLDER_NOT_WRITABLE,
            f"{folder} cannot be written: {error.strerror}.",
            "Check the disk and your rights.",
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
