"""The study's own key: phones seal to it what they may have to send while they are locked; only the server opens it."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from diary_app.core.errors import Code
from diary_app.core.sealing import Envelope, to_base64
from server.key_files import CURVE, private_key, public_point
from server.settings import SettingInvalid, Settings

KEY_FILE = "sealing.key"


@dataclass(frozen=True)
class SealingKey:
    """The private key, on P-256; it never leaves the server."""

    private: ec.EllipticCurvePrivateKey = field(repr=False)

    @cached_property
    def point(self) -> bytes:
        """The public key as an uncompressed point."""
        return public_point(self.private)

    @cached_property
    def public(self) -> str:
        """The public key as phones hear it."""
        return to_base64(self.point)

    def open(self, envelope: bytes) -> str | None:
        """What was sealed; None for anything that was not sealed to this key, or was changed since."""
        try:
            found = Envelope.parse(envelope)
            sender = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, found.public)
            key = found.key(self.private.exchange(ec.ECDH(), sender), self.point)
            return AESGCM(key).decrypt(found.nonce, found.ciphertext, found.head).decode()
        except (ValueError, InvalidTag):
            return None


def sealing_key(settings: Settings) -> SealingKey:
    """The key of this server, made at the first start. Raises `SettingInvalid` for a file that holds another kind."""
    return SealingKey(private_key(key_file(settings)))


def key_file(settings: Settings) -> Path:
    """Where it is."""
    return settings.sealing_key_file or settings.var_folder / KEY_FILE


def another_key() -> SettingInvalid:
    """What is said when the file was replaced, or is another one than the other servers of the study use."""
    return SettingInvalid(
        Code.SETTING_INVALID,
        "The sealing key is not the one that the phones of this study seal to.",
        "Put the file back from its backup, or name it in XERODIARY_SEALING_KEY_FILE. If it is lost for good, "
        "`xerodiary db new-sealing-key` goes on with the new one: what locked phones have not sent stays unreadable.",
    )
