"""What has not been sent, as a file; works on a locked diary too, and changes nothing on the phone.

In a damaged file it needs the ids and tokens and the records themselves; all else is done without.
"""

from pydantic import ValidationError

from diary_app import VERSION
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.records import GENESIS
from diary_app.core.rescue import RescuedChain, RescueFile, chain_of
from diary_app.core.sealing import as_text, is_envelope
from diary_app.core.wire import ChainHead
from diary_app.storage import installations
from diary_app.storage.chain import Link
from diary_app.storage.conversation import Conversation
from diary_app.storage.installations import Chain, token_hash
from diary_app.storage.vault import Vault


async def rescue_file(conversation: Conversation, vault: Vault) -> bytes:
    """Every record that the server has not confirmed in the current epoch, on whichever chain."""
    chains, left_out, known = [], 0, conversation.chains()
    if not known:
        raise installations.not_enrolled()  # a file without anything would be taken for what there was
    for chain in known:
        made, missing = await _rescued(conversation, vault, chain)
        chains.append(made)
        left_out += missing
    found = tuple(chain for chain in chains if chain.records)
    return RescueFile(app_version=VERSION, left_out=left_out, chains=found).to_bytes()


async def _rescued(conversation: Conversation, vault: Vault, chain: Chain) -> tuple[RescuedChain, int]:
    links, lost = _unconfirmed(conversation, chain.device)
    study = _sealing_key(conversation)
    envelopes = [await _envelope(vault, link, study) for link in links]
    records = [as_text(envelope) for envelope in envelopes if envelope is not None]
    made = chain_of(token_hash(chain.token), chain.device, _head(conversation, chain.device), records)
    return made, len(links) - len(records) + lost


def _unconfirmed(conversation: Conversation, device: str) -> tuple[list[Link], int]:
    """And how many of them a damaged file does not give any more."""
    try:
        conversation.check()  # an index may be damaged in a way that passes records over and raises nothing
        return conversation.unconfirmed(device), 0
    except DiaryUnavailable as fault:
        _require_damage(fault)
        return conversation.salvaged(device)


def _sealing_key(conversation: Conversation) -> str:
    """Only for records that were made before it was known; none where a damaged file does not say."""
    try:
        return conversation.sealing_key()
    except DiaryUnavailable as fault:
        _require_damage(fault)
        return ""


def _head(conversation: Conversation, device: str) -> ChainHead:
    """Where the chain ends, or its beginning where a damaged file does not say."""
    try:
        return conversation.head(device)
    except DiaryUnavailable as fault:
        _require_damage(fault)
    except ValidationError:  # it says something that is no place on a chain
        pass
    return ChainHead(sequence=0, hash=GENESIS)


def _require_damage(fault: DiaryUnavailable) -> None:
    if fault.code is not Code.STORAGE_DAMAGED:
        raise fault


async def _envelope(vault: Vault, link: Link, study: str) -> bytes | None:
    """As it was sealed when it was made; one from before that, or whose envelope is damaged, now, if it can be read."""
    if is_envelope(link.envelope):
        return link.envelope
    text = vault.known(link.content)
    return None if text is None else await vault.seal_to_study(text, study)
