"""A test transfer: a bundle of dummies in a simulated study of the same study file, to try the way to a sponsor."""

import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from diary_app.core.errors import Code, CommandRefused, RequestRefused
from diary_app.core.study import Study
from server.export.bundle import make_bundle, note_extract
from server.export.drafts import own_folder
from server.export.wanted import Made, Progress, Scope, Wanted
from server.secret_files import make_folder
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.demonstration import bring_up_to_now

DUMMIES = 12
#: Of the progress, how much is behind us when the dummies have lived.
_LIVED, _WHOLE = 80, 100
#: Dummies begin about a year ago at the most.
_BEFORE = timedelta(days=400)
_ACTIVE = re.compile(r"^active\s*=\s*true\b", re.MULTILINE)
_DAY_ZERO = re.compile(r"^day_zero\s*=\s*\S+", re.MULTILINE)


def make_test_bundle(
    services: Services, folder: Path, wanted: Wanted, *, author: str, progress: Progress | None = None
) -> Made:
    """As `make_bundle`, but no real row is read; `wanted.is_test` is set. The real trail notes it. See there."""
    make_folder(services.settings.var_folder)
    tell = progress or (lambda done, whole: None)  # noqa: ARG005
    if wanted.scope is Scope.ARCHIVE:
        raise CommandRefused(Code.NOT_ALLOWED, "No server is made from dummies.", "Leave out the archive, or the test.")
    with own_folder(services.settings.var_folder, ".test.") as aside:
        study = aside / "study.toml"
        study.write_text(fit_for_dummies(services.study, services.environment.now()), encoding="utf-8")
        var = aside / "var"
        settings = services.settings.model_copy(
            update={
                "var_folder": var, "database_url": f"sqlite:///{var}/test.sqlite", "database_owner_url": None,
                "study_file": study, "licence_folder": None, "outbox": True, "backup_folder": None,
            }
        )  # fmt: skip
        _live(services, settings, lambda done, whole: tell(max(0, min(_LIVED, _LIVED * done // whole)), _WHOLE))
        dummies = open_services(settings, services.environment)
        try:
            made = make_bundle(dummies, folder, wanted, author=author)
        finally:
            dummies.close()
    tell(_WHOLE, _WHOLE)
    try:
        note_extract(services, made, wanted, author)
    except BaseException:
        shutil.rmtree(made.folder, ignore_errors=True)  # nothing is handed out that the trail does not know
        raise
    return made


def fit_for_dummies(study: Study, now: datetime) -> str:
    """The study file with its licensed questionnaires switched off, and a day zero before the dummies begin."""
    text = _ACTIVE.sub("active = false", study.text)
    earliest = min(study.day_zero, now.date() - _BEFORE)
    return _DAY_ZERO.sub(f"day_zero = {earliest.isoformat()}", text)


def _live(services: Services, settings: Settings, progress: Progress) -> None:
    """Raises `CommandRefused` (not_exportable) for a study file whose sites or numbers the dummies do not have."""
    try:
        bring_up_to_now(settings, services.environment, DUMMIES, progress, lambda _: None)
    except (KeyError, RequestRefused) as error:
        raise CommandRefused(
            Code.NOT_EXPORTABLE,
            "The dummies do not fit this study file ({what}).",
            "A test transfer needs sites copenhagen and odense, numbers of three digits and the shipped evenings.",
            what=str(error),
        ) from error
