"""What lies in a backup beside the tables: the study file, to be read, and the keys and names, to be put back."""

import json
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from diary_app.core.times import format_utc, parse_utc
from server import push_services, sealing
from server.access.account_names import Named
from server.key_files import put_back
from server.services import Services
from server.settings import Settings

STUDY = "study.toml"
#: In the archive of a cut from before user names were facts: whom its facts know by id alone.
NAMES = "account_names.json"
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


def written_names(named: Sequence[Named]) -> dict[str, bytes]:
    """The file of them; none where facts name everybody."""
    rows = [{"account": one.id, "username": one.username, "since": format_utc(one.since)} for one in named]
    return {NAMES: (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()} if rows else {}


def names_in(names: Collection[str], read: Callable[[str], bytes]) -> list[Named]:
    """What `written_names` wrote, where it did."""
    rows = json.loads(read(NAMES)) if NAMES in names else []
    return [Named(one["account"], one["username"], parse_utc(one["since"])) for one in rows]
