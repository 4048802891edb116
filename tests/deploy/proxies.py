"""nginx and Caddy, run with the examples that hospitals start from; only names, ports and paths are others."""

import os
import shutil
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

DEPLOY = Path(__file__).parents[2] / "deploy"
HOST = "localhost"
EXAMPLE_HOST = "diary.example.org"
EXAMPLE_SERVER = "127.0.0.1:8000"
PATIENCE_SECONDS = 20
NGINX, CADDY = "nginx", "caddy"
#: What Debian's own nginx.conf says around a site, so that a site has to say for itself what it wants otherwise.
NGINX_MAIN = """\
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 768; }}
http {{
    default_type application/octet-stream;
    sendfile on;
    gzip on;
    access_log {folder}/access.log;
    client_body_temp_path {folder}/temporary/body;
    proxy_temp_path {folder}/temporary/proxy;
    fastcgi_temp_path {folder}/temporary/fastcgi;
    scgi_temp_path {folder}/temporary/scgi;
    uwsgi_temp_path {folder}/temporary/uwsgi;
    include {folder}/site.conf;
}}
"""
CADDY_OPTIONS = "{{\n\tadmin off\n\tskip_install_trust\n\thttp_port {http}\n\thttps_port {https}\n"


@dataclass(frozen=True)
class Certificate:
    """A certificate of our own for this machine. `pin`: by which Chromium is told to trust its key."""

    key: Path
    chain: Path
    authority: Path
    pin: str


@dataclass(frozen=True)
class Proxy:
    """One that is to run. `folder`: its settings and everything that it writes."""

    program: str
    folder: Path
    certificate: Certificate
    https: int
    http: int

    @property
    def origin(self) -> str:
        """Where phones and staff reach it."""
        return f"https://{HOST}:{self.https}"

    @property
    def plain_origin(self) -> str:
        """Where it only says that https is to be used."""
        return f"http://{HOST}:{self.http}"

    def written(self) -> str:
        """Everything in its logs."""
        return "\n".join(file.read_text(errors="replace") for file in sorted(self.folder.glob("*.log")))


def installed() -> list[str]:
    """Which of both this machine has."""
    return [program for program in (NGINX, CADDY) if shutil.which(program)]


def certificate(folder: Path) -> Certificate:
    """A new one in that folder."""
    authority = trustme.CA()
    made = authority.issue_cert(HOST, "127.0.0.1")
    key, chain, root = folder / "key.pem", folder / "chain.pem", folder / "authority.pem"
    made.private_key_pem.write_to_path(str(key))
    chain.write_bytes(b"".join(one.bytes() for one in made.cert_chain_pems))
    authority.cert_pem.write_to_path(str(root))
    public = x509.load_pem_x509_certificate(made.cert_chain_pems[0].bytes()).public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Certificate(key, chain, root, b64encode(sha256(spki).digest()).decode())


@contextmanager
def running(proxy: Proxy, servers: Sequence[int]) -> Iterator[Proxy]:
    """In front of the servers on these ports. Raises AssertionError when it refuses its settings or does not start."""
    proxy.folder.mkdir()
    command = (_nginx if proxy.program == NGINX else _caddy)(proxy, servers)
    home = {**os.environ, "HOME": str(proxy.folder), "XDG_DATA_HOME": str(proxy.folder)}
    with (proxy.folder / "said.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=home)
    try:
        _wait(process, proxy)
        yield proxy
    finally:
        process.terminate()
        process.wait()


def _wait(process: "subprocess.Popen[bytes]", proxy: Proxy) -> None:
    for _ in range(PATIENCE_SECONDS * 10):
        assert process.poll() is None, proxy.written()
        if all(_listens(port) for port in (proxy.https, proxy.http)):
            return
        time.sleep(0.1)
    raise AssertionError(proxy.written())


def _listens(port: int) -> bool:
    with socket.socket() as trying:
        trying.settimeout(1)
        return trying.connect_ex(("127.0.0.1", port)) == 0


def _nginx(proxy: Proxy, servers: Sequence[int]) -> list[str]:
    site = changed(
        "nginx.conf",
        {
            f"server {EXAMPLE_SERVER};": "".join(f"server 127.0.0.1:{port}; " for port in servers),
            "listen 443 ": f"listen {proxy.https} ",
            "listen [::]:443 ": f"listen [::]:{proxy.https} ",
            "listen 80;": f"listen {proxy.http};",
            "listen [::]:80;": f"listen [::]:{proxy.http};",
            "https://$server_name$": f"https://$server_name:{proxy.https}$",
            f"/etc/ssl/{EXAMPLE_HOST}.crt": str(proxy.certificate.chain),
            f"/etc/ssl/private/{EXAMPLE_HOST}.key": str(proxy.certificate.key),
            "/var/log/nginx/": f"{proxy.folder}/",
            f"server_name {EXAMPLE_HOST}": f"server_name {HOST}",
        },
    )
    (proxy.folder / "temporary").mkdir()
    (proxy.folder / "site.conf").write_text(site)
    main = proxy.folder / "main.conf"
    main.write_text(NGINX_MAIN.format(folder=proxy.folder))
    return [NGINX, "-c", str(main), "-e", str(proxy.folder / "error.log")]


def _caddy(proxy: Proxy, servers: Sequence[int]) -> list[str]:
    keys = f"tls {proxy.certificate.chain} {proxy.certificate.key}"
    text = changed(
        "Caddyfile",
        {
            f"{EXAMPLE_HOST} {{\n": f"{HOST} {{\n\t{keys}\n",
            EXAMPLE_SERVER: " ".join(f"127.0.0.1:{port}" for port in servers),
            "\n{\n\tlog": "\n" + CADDY_OPTIONS.format(http=proxy.http, https=proxy.https) + "\tlog",
        },
    )
    file = proxy.folder / "Caddyfile"
    file.write_text(text)
    return [CADDY, "run", "--adapter", "caddyfile", "--config", str(file)]


def changed(name: str, words: Mapping[str, str]) -> str:
    """An example with other words. Raises AssertionError for one that is not there."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    for before, after in words.items():
        assert before in text, f"{name} has no {before!r}"
        text = text.replace(before, after)
    return text
