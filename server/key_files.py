"""Private keys on P-256, each in a PEM file that the server makes at its first start."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from diary_app.core.errors import Code, CommandRefused
from server.secret_files import made_once
from server.settings import SettingInvalid

CURVE = ec.SECP256R1()


def private_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """The key in that file, made when there is none. Raises `SettingInvalid` where it holds anything else."""
    return _read(file, made_once(file, _fresh))


def put_back(file: Path, content: bytes) -> None:
    """Put a key from a backup there.

    Raises `SettingInvalid` when another one lies there already, `CommandRefused` (backup_unreadable), with nothing
    written, when it is no key.
    """
    text, kept = _from_backup(file, content)
    there = _read(file, made_once(file, lambda: text))
    if public_point(there) != public_point(kept):
        raise SettingInvalid(
            Code.SETTING_INVALID,
            f"{file} holds another key than the backup.",
            "Move it aside, or set the variable that names another file for it, and restore again.",
        )


def _from_backup(file: Path, content: bytes) -> tuple[str, ec.EllipticCurvePrivateKey]:
    try:
        return content.decode("ascii"), _read(file, content)
    except (UnicodeDecodeError, SettingInvalid) as error:
        raise CommandRefused(
            Code.BACKUP_UNREADABLE,
            f"What the backup holds for {file} is no private key on P-256 in PEM.",
            "Nothing was changed. Use another copy of the backup, or an earlier one.",
        ) from error


def _read(file: Path, content: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(content, None)
    except (ValueError, TypeError) as error:
        raise _no_key(file) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != CURVE.name:
        raise _no_key(file)
    return key


def public_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Its public half as an uncompressed point, 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _fresh() -> str:
    private = ec.generate_private_key(CURVE)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _no_key(file: Path) -> SettingInvalid:
    return SettingInvalid(
        Code.SETTING_INVALID,
        f"{file} does not hold a private key on P-256 in PEM.",
        "Put the file back from its backup.",
    )
