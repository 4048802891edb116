"""The server's sealing key: made once, its owner's alone, and never silently replaced by another."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from diary_app.core.errors import XerodiaryError
from server.sealing import KEY_FILE
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment

OpenMore = Callable[..., Services]


def test_the_key_is_kept_for_its_owner_only(services: Services, open_more: OpenMore) -> None:
    file = services.settings.var_folder / KEY_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert open_more().sealing.public == services.sealing.public


def test_the_key_is_not_shown_by_accident(services: Services) -> None:
    assert "SECP256R1" not in repr(services)
    assert "private" not in repr(services.sealing)


def test_the_key_may_lie_elsewhere(settings: Settings, clock: SimulatedEnvironment, tmp_path: Path) -> None:
    chosen = settings.model_copy(update={"sealing_key_file": tmp_path / "keys" / "study.pem"})
    open_services(chosen, clock).close()
    assert (tmp_path / "keys" / "study.pem").read_text().startswith("-----BEGIN PRIVATE KEY-----")


def test_a_server_with_another_key_does_not_start(services: Services, clock: SimulatedEnvironment) -> None:
    (services.settings.var_folder / KEY_FILE).unlink()
    with pytest.raises(XerodiaryError, match="not the one that the phones") as refused:
        open_services(services.settings, clock)
    assert "new-sealing-key" in refused.value.remedy


@pytest.mark.parametrize("content", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_holds_no_key_is_named(settings: Settings, clock: SimulatedEnvironment, content: str) -> None:
    settings.var_folder.mkdir()
    (settings.var_folder / KEY_FILE).write_text(content)
    with pytest.raises(XerodiaryError, match=KEY_FILE):
        open_services(settings, clock)
