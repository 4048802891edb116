"""What has not been sent, as a file; works on a locked diary too, and changes nothing on the phone."""

from diary_app import VERSION
from diary_app.core.rescue import RescuedChain, RescueFile, chain_of
from diary_app.core.sealing import as_text
from diary_app.storage.chain import Link
from diary_app.storage.conversation import Conversation
from diary_app.storage.installations import Chain, token_hash
from diary_app.storage.vault import Vault


async def rescue_file(conversation: Conversation, vault: Vault) -> bytes:
    """Every record that the server has not confirmed in the current epoch, on whichever chain."""
    chains, left_out = [], 0
    for chain in conversation.chains():
        made, missing = await _rescued(conversation, vault, chain)
        chains.append(made)
        left_out += missing
    found = tuple(chain for chain in chains if chain.records)
    return RescueFile(app_version=VERSION, left_out=left_out, chains=found).to_bytes()


async def _rescued(conversation: Conversation, vault: Vault, chain: Chain) -> tuple[RescuedChain, int]:
    links, study = conversation.unconfirmed(chain.device), conversation.sealing_key()
    envelopes = [await _envelope(vault, link, study) for link in links]
    records = [as_text(envelope) for envelope in envelopes if envelope is not None]
    made = chain_of(token_hash(chain.token), chain.device, conversation.head(chain.device), records)
    return made, len(links) - len(records)


async def _envelope(vault: Vault, link: Link, study: str) -> bytes | None:
    """As it was sealed when it was made; a record from before that is sealed now, when it can be read."""
    if link.envelope is not None:
        return link.envelope
    text = vault.known(link.content)
    return None if text is None else await vault.seal_to_study(text, study)
