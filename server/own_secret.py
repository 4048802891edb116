"""The server's own secret, which keys hashes and seals second factors, and the one before it for as long as it is kept.

With the former beside it a new secret locks nobody out: what was made with the former one is still known by it.
"""

from diary_app.core.environment import Environment
from diary_app.core.errors import Code
from server.secret_files import made_once
from server.settings import SettingInvalid, Settings

SECRET_FILE, FORMER_FILE = "secret", "secret.former"
_SECRET_BYTES = 32


def own_secret(settings: Settings, environment: Environment) -> bytes:
    """From the settings, else from the file in the var folder, made at the first start."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    return made_once(settings.var_folder / SECRET_FILE, lambda: environment.random_bytes(_SECRET_BYTES).hex())


def former_secret(settings: Settings) -> bytes | None:
    """The one before, from the settings, else from its file; None where none is kept. Raises `SettingInvalid`."""
    if settings.former_secret is not None:
        return settings.former_secret.get_secret_value().encode()
    file = settings.var_folder / FORMER_FILE
    try:
        return file.read_bytes() if file.exists() else None
    except OSError as error:
        raise SettingInvalid(
            Code.SETTING_INVALID,
            f"{file} cannot be read ({type(error).__name__}).",
            "Let the server's own user read it, or take it away.",
        ) from error
