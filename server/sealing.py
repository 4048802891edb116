"""The study's own key: phones seal to it what they may have to send while they are locked; only the server opens it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from diary_app.core.errors import Code
from diary_app.core.sealing import Envelope, to_base64
from server.secret_files import made_once
from server.settings import SettingInvalid, Settings

KEY_FILE = "sealing.key"
_CURVE = ec.SECP256R1()


@dataclass(frozen=True)
class SealingKey:
    """The private key, on P-256; it never leaves the server."""

    private: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def point(self) -> bytes:
        """The public key as an uncompressed point."""
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def pem(self) -> bytes:
        """The private key as its file has it."""
        return _pem(self.private)

    @property
    def public(self) -> str:
        """The public key as phones hear it."""
        return to_base64(self.point)

    def open(self, envelope: bytes) -> str | None:
        """What was sealed; None for anything that was not sealed to this key, or was changed since."""
        try:
            found = Envelope.parse(envelope)
            sender = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, found.public)
            key = found.key(self.private.exchange(ec.ECDH(), sender), self.point)
            return AESGCM(key).decrypt(found.nonce, found.ciphertext, found.head).decode()
        except (ValueError, InvalidTag):
            return None


def sealing_key(settings: Settings) -> SealingKey:
    """The key of this server, made at the first start. Raises `SettingInvalid` for a file that holds another kind."""
    return _key(settings, _fresh)


def keep_key(settings: Settings, pem: bytes, public: str) -> None:
    """Put a backup's key where the settings say. Raises `SettingInvalid` when another one lies there already."""
    if _key(settings, pem.decode).public != public:
        raise SettingInvalid(
            Code.SETTING_INVALID,
            f"{_file(settings)} holds another sealing key than the backup.",
            "Move it aside, or name another file in XERODIARY_SEALING_KEY_FILE, and restore again.",
        )


def _file(settings: Settings) -> Path:
    return settings.sealing_key_file or settings.var_folder / KEY_FILE


def _key(settings: Settings, make: Callable[[], str]) -> SealingKey:
    file = _file(settings)
    try:
        private = load_pem_private_key(made_once(file, make), None)
    except (ValueError, TypeError) as error:
        raise _no_key(file) from error
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != _CURVE.name:
        raise _no_key(file)
    return SealingKey(private)


def another_key() -> SettingInvalid:
    """What is said when the file was replaced, or is another one than the other servers of the study use."""
    return SettingInvalid(
        Code.SETTING_INVALID,
        "The sealing key is not the one that the phones of this study seal to.",
        "Put the file back from its backup, or name it in XERODIARY_SEALING_KEY_FILE. If it is lost for good, "
        "`xerodiary db new-sealing-key` goes on with the new one: what locked phones have not sent stays unreadable.",
    )


def _fresh() -> str:
    return _pem(ec.generate_private_key(_CURVE)).decode()


def _pem(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _no_key(file: Path) -> SettingInvalid:
    return SettingInvalid(
        Code.SETTING_INVALID,
        f"{file} does not hold a private key on P-256 in PEM.",
        "Put the file back from its backup.",
    )
