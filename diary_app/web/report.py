"""What a build made, written beside it so that the next build knows whether anything changed."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

REPORT = ".build.json"


@dataclass(frozen=True)
class BuildReport:
    """Sizes are bytes of what is served, without compressed copies; `gzip` and `brotli` count the best copy each."""

    key: str
    version: str
    files: int
    raw: int
    gzip: int
    brotli: int | None
    app_zip: int
    deps_zip: int
    compiled: bool
    reused: bool = False


def read_report(out: Path) -> BuildReport | None:
    """The report of the build standing in a folder; None when there is none that can be read."""
    try:
        return BuildReport(**json.loads((out / REPORT).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_report(report: BuildReport, out: Path) -> None:
    """Leave the report in the folder; the server does not serve names that begin with a dot."""
    (out / REPORT).write_text(json.dumps(asdict(report), indent=1), encoding="utf-8")
