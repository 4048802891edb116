"""Runs the real server behind nginx and Caddy with the examples in deploy/, and says of each promise whether it holds.

Everything listens on this machine alone, with a certificate of its own; it takes a few minutes.

    python scripts/proxy_check.py [nginx|caddy ...]      default: whichever is installed
"""

import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from diary_app.web.builder import build  # noqa: E402 - this file is a script outside the package
from tests.deploy import behind as stage  # noqa: E402
from tests.deploy.behind import Behind  # noqa: E402
from tests.deploy.proxies import CADDY, NGINX, installed  # noqa: E402
from tests.deploy.proxy_browser import IN_A_BROWSER  # noqa: E402
from tests.deploy.proxy_checks import OVER_HTTPS, no_log_holds_a_secret  # noqa: E402
from tests.deploy.proxy_load import under_load  # noqa: E402

Check = Callable[[Behind], str]


def web_app() -> Path:
    """The participant's app; made anew only where something in it has changed."""
    out = ROOT / "build" / "tests" / "diary"
    (ROOT / "build").mkdir(exist_ok=True)
    build(out, work=ROOT / "build" / "work", app_version="0.0.1")
    return out


def checked(program: str, web_folder: Path) -> int:
    """How many promises do not hold behind that proxy; each is told of."""
    failed = 0
    with tempfile.TemporaryDirectory() as made, ExitStack() as closing:
        folder = Path(made)
        folder.chmod(0o755)  # nginx reads and writes here as another user
        settings = stage.settings_of(folder / "server", web_folder)
        settings.var_folder.mkdir()
        code = stage.staged_study(settings)
        behind = closing.enter_context(stage.behind(program, folder, settings, code=code))
        for check in (*IN_A_BROWSER, *OVER_HTTPS, no_log_holds_a_secret):
            failed += not held(program, check, behind)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        for check, loaded in under_load(program, folder, web_folder):
            failed += not held(program, check, loaded)
    return failed


def held(program: str, check: Check, behind: Behind) -> bool:
    """Whether it holds; says so."""
    name = f"{program:6} {check.__name__.replace('_', ' ')}"
    try:
        sys.stdout.write(f"ok     {name}: {check(behind)}\n")
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, the others are still looked at
        sys.stdout.write(f"FAILED {name}: {type(error).__name__} {str(error)[:1000]}\n")
        return False
    finally:
        sys.stdout.flush()
    return True


def main() -> None:
    """Everything; ends with 1 when something does not hold, with 2 when there is nothing to run."""
    wanted = sys.argv[1:] or installed()
    if not wanted or not set(wanted) <= {NGINX, CADDY}:
        sys.stderr.write(f"{__doc__}\nInstall one: sudo apt-get install nginx-light caddy\n")
        sys.exit(2)
    web_folder = web_app()
    failed = sum(checked(program, web_folder) for program in wanted)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
