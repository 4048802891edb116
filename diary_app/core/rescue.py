"""The rescue file: what a phone has not been able to send, handed over as a file that only the study can read.

JSON in UTF-8. For each chain: the device id, where the chain ends, the records that the phone has no receipt for, each
sealed to the study as in a request (`core/sealing.py`), and a proof. The study's public key is no secret, so anybody
could seal a record; the proof shows that the file was written by a phone that the server knows: HMAC-SHA-256 over the
lines of the chain, with the SHA-256 of the phone's token as key. The file names no participant.
"""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from diary_app.core.errors import Code, XerodiaryError
from diary_app.core.wire import ChainHead, Hash, Printable, Uuid

FORMAT: Literal["xerodiary-rescue"] = "xerodiary-rescue"
VERSION = 1
MAX_FILE_BYTES = 5 * 1024 * 1024


class RescueRefused(XerodiaryError):
    """What was handed over cannot be taken in; nothing was changed."""


class RescuedChain(BaseModel):
    """What one device id still holds. `records`: texts as in a request, by sequence."""

    model_config = ConfigDict(frozen=True)

    device: Uuid
    head: ChainHead
    records: tuple[str, ...]
    proof: Hash


class RescueFile(BaseModel):
    """A whole file. `left_out`: records that could not be sealed to the study, and stay on the phone alone."""

    model_config = ConfigDict(frozen=True)

    format: Literal["xerodiary-rescue"] = FORMAT
    version: Annotated[int, Field(ge=1)] = VERSION
    app_version: Printable
    left_out: Annotated[int, Field(ge=0)] = 0
    chains: tuple[RescuedChain, ...]

    def to_bytes(self) -> bytes:
        """As it is saved."""
        return self.model_dump_json(indent=1).encode()


def chain_of(token_sha256: str, device: str, head: ChainHead, records: Sequence[str]) -> RescuedChain:
    """A chain with its proof. `token_sha256`: hex, as the server keeps it."""
    proof = _proof(token_sha256, device, head, records)
    return RescuedChain(device=device, head=head, records=tuple(records), proof=proof)


def is_proven(chain: RescuedChain, token_sha256: str) -> bool:
    """Whether the phone with that token wrote it."""
    return hmac.compare_digest(chain.proof, _proof(token_sha256, chain.device, chain.head, chain.records))


def read_rescue(data: bytes) -> RescueFile:
    """A file from anywhere. Raises `RescueRefused` (rescue_unreadable)."""
    if len(data) > MAX_FILE_BYTES:
        raise too_large()
    try:
        found = RescueFile.model_validate_json(data)
    except ValidationError as error:
        raise not_whole() from error
    if found.version > VERSION:
        raise _too_new()
    return found


def _proof(token_sha256: str, device: str, head: ChainHead, records: Sequence[str]) -> str:
    lines = "\n".join([FORMAT, device, str(head.sequence), head.hash, *records])
    return hmac.new(bytes.fromhex(token_sha256), lines.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def too_large() -> RescueRefused:
    """More than any phone can have held back."""
    return RescueRefused(
        Code.RESCUE_UNREADABLE, "This file is larger than 5 MB.", "Choose the rescue file that the phone has saved."
    )


def not_whole() -> RescueRefused:
    """Something else, or a part of it."""
    return RescueRefused(
        Code.RESCUE_UNREADABLE,
        "This is not a whole rescue file.",
        "Save it on the phone and hand it over again; the phone keeps everything.",
    )


def _too_new() -> RescueRefused:
    return RescueRefused(
        Code.RESCUE_UNREADABLE,
        "This file comes from a newer app.",
        "Update the server, then take in the file again; the phone keeps everything.",
    )
