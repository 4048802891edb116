"""A test transfer: a bundle of dummies in a simulated study of the same study file, to try the way to a sponsor."""

import tempfile
from pathlib import Path

from server.export.bundle import Made, Progress, Wanted, make_bundle, note_extract
from server.secret_files import make_folder
from server.services import Services, open_services
from server.simulate.demonstration import bring_up_to_now

DUMMIES = 12
#: Of the progress, how much is behind us when the dummies have lived.
_LIVED, _WHOLE = 80, 100


def make_test_bundle(
    services: Services, folder: Path, wanted: Wanted, *, author: str, progress: Progress | None = None
) -> Made:
    """As `make_bundle`, but no real row is read; `wanted.is_test` is set. The real trail notes it. See there."""
    make_folder(services.settings.var_folder)
    tell = progress or (lambda done, whole: None)  # noqa: ARG005
    with tempfile.TemporaryDirectory(dir=services.settings.var_folder, prefix=".test.") as aside:
        study = Path(aside) / "study.toml"
        study.write_text(services.study.text, encoding="utf-8")
        var = Path(aside) / "var"
        settings = services.settings.model_copy(
            update={
                "var_folder": var, "database_url": f"sqlite:///{var}/test.sqlite", "database_owner_url": None,
                "study_file": study, "licence_folder": None, "outbox": True, "backup_folder": None,
            }
        )  # fmt: skip
        bring_up_to_now(
            settings, services.environment, DUMMIES,
            lambda done, whole: tell(max(0, min(_LIVED, _LIVED * done // whole)), _WHOLE), lambda _: None,
        )  # fmt: skip
        dummies = open_services(settings, services.environment)
        try:
            made = make_bundle(dummies, folder, wanted, author=author)
        finally:
            dummies.close()
    tell(_WHOLE, _WHOLE)
    note_extract(services, made, wanted, author)
    return made
