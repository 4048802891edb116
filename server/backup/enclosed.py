"""What lies in a backup beside the tables: the study file, to be read, and the keys, to be put back."""

from collections.abc import Callable, Collection
from pathlib import Path

from server import push_services, sealing
from server.key_files import put_back
from server.services import Services
from server.settings import Settings

STUDY = "study.toml"
#: Lost, the first leaves what locked phones hold unreadable; without the second every browser has to be asked again.
_KEYS: dict[str, Callable[[Settings], Path]] = {
    sealing.KEY_FILE: sealing.key_file,
    push_services.KEY_FILE: push_services.key_file,
}


def files_of(services: Services) -> dict[str, bytes]:
    """By the name that each has in the archive."""
    keys = {name: where(services.settings) for name, where in _KEYS.items()}
    there = {name: file.read_bytes() for name, file in keys.items() if file.exists()}
    return {STUDY: services.study.text.encode(), **there}


def put_keys_back(names: Collection[str], read: Callable[[str], bytes], settings: Settings) -> None:
    """Each where the settings say. Raises `SettingInvalid` when another one lies there already."""
    for name, where in _KEYS.items():
        if name in names:
            put_back(where(settings), read(name))
