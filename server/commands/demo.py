"""`xerodiary demo`: a simulated study to look at, with log-ins and codes to try."""

import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

import trustme
import typer

from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import Code, CommandRefused
from server.commands import serve
from server.commands.ports import require_free
from server.commands.surroundings import Progress, say
from server.reminders.channels import OUTBOX
from server.services import open_services
from server.settings import Settings, load_settings
from server.simulate import guests
from server.simulate.demonstration import Lived, bring_up_to_now
from server.simulate.people import Story

FOLDER = Path("var/demo")


@dataclass(frozen=True)
class Wish:
    """What was typed."""

    fresh: bool
    port: int
    participants: int
    phone: bool
    serving: bool


def run(wish: Wish, web_folder: Path) -> None:
    """Build or catch up, print where to go, serve."""
    if wish.serving:
        require_free("127.0.0.1", wish.port)
    if wish.fresh:
        shutil.rmtree(FOLDER, ignore_errors=True)
    address = _own_address() if wish.phone else "127.0.0.1"
    settings = _settings(wish, web_folder, address)
    progress = Progress("Simulating", 100)
    lived = bring_up_to_now(
        settings,
        SystemEnvironment(),
        wish.participants,
        lambda done, whole: progress.at(min(100, max(0, 100 * done // whole))),
        say,
    )
    _introduce(settings, lived)
    if wish.serving:
        serve.run(settings, _certificate(address) if wish.phone else None)


def _settings(wish: Wish, web_folder: Path, address: str) -> Settings:
    scheme = "https" if wish.phone else "http"
    return load_settings(
        var_folder=FOLDER,
        database_url=f"sqlite:///{FOLDER}/xerodiary.sqlite",
        web_folder=web_folder,
        licence_folder=None,  # licensed words are for participants only
        host="0.0.0.0" if wish.phone else "127.0.0.1",  # noqa: S104 - asked for: a phone on the same network
        port=wish.port,
        public_url=f"{scheme}://{address}:{wish.port}",
        https_only=wish.phone,
        second_factor="optional",  # the log-ins that are printed let everybody look at once
        log_level="warning",
        outbox=True,
    )


def _introduce(settings: Settings, lived: Lived) -> None:
    """Addresses, log-ins and codes."""
    services = open_services(settings, SystemEnvironment())
    try:
        logins = guests.logins(services)
        regular = next(person for person in lived.people if person.story is Story.GUEST)
        codes = guests.codes(services, regular)
    finally:
        services.close()
    base = settings.public_url
    say()
    say(f"Participant's app   {base}/app/")
    for title, participant, code in (
        ("new participant", codes.newcomer, codes.newcomer_code),
        ("new phone, mid-study", codes.regular, codes.regular_code),
    ):
        say(f"  {title:<22}{participant}   code {code}   {base}/app/#enrol={code}")
    say("  (the first begins with the practice entry and fills in from tomorrow; the second can fill in now)")
    say(f"Console             {base}/console/")
    for name, password in logins.items():
        say(f"  {name:<14} {password}")
    say(f"Reminders           {settings.var_folder}/{OUTBOX}, written out and sent to nobody")
    say(f"Everything lies in {settings.var_folder}. Stop with Ctrl+C.")
    say("The next start goes on from here; --fresh starts over.")


def _own_address() -> str:
    """This machine's address on the local network; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError as error:
            raise CommandRefused(
                Code.NOT_FOUND, "This machine is in no network.", "Connect it to the phone's network."
            ) from error
        address: str = probe.getsockname()[0]
        return address


def _certificate(address: str) -> tuple[str, str]:
    """Key and certificate for that address, from an authority of our own whose certificate the phone has to trust."""
    folder = FOLDER / "certificate"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key, chain, authority = folder / "key.pem", folder / "chain.pem", folder / "authority.pem"
    if not key.is_file() or (folder / "address").read_text() != address:
        made = trustme.CA(organization_name="Xerodiary demonstration")
        leaf = made.issue_cert(address)
        leaf.private_key_pem.write_to_path(key)
        chain.write_bytes(b"".join(pem.bytes() for pem in leaf.cert_chain_pems))
        made.cert_pem.write_to_path(authority)
        (folder / "address").write_text(address)
        key.chmod(0o600)
    typer.echo(f"Install {authority} on the phone as a trusted authority, then open the address below.")
    return str(key), str(chain)
