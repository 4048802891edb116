"""An installation that is sound passes; each fault that is put in is found, and the live database stays as it is."""

import base64
import hashlib
import http.server
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import Distribution
from pathlib import Path

import pytest
import trustme
from sqlalchemy import select

from diary_app.core.environment import SystemEnvironment
from server.backup import making
from server.bench.mail_sink import mail_sink
from server.bench.processes import free_port
from server.db.engine import is_sqlite, make_engine, reading
from server.db.tables import METADATA
from server.qualify import files, live_database, surroundings, ways_out
from server.qualify.finding import Finding, Verdict, failed, summary
from server.qualify.installation import Asked, installation
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import ready

PASSED, FAILED, OPEN = Verdict


def by_name(findings: Iterator[Finding] | list[Finding]) -> dict[str, Verdict]:
    return {one.name: one.verdict for one in findings}


def failing(findings: Iterator[Finding] | list[Finding]) -> list[str]:
    return [one.name for one in failed(findings)]


# ---- files ---------------------------------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A released package with two modules and the list that came with them."""
    site = tmp_path / "site"
    (site / "server").mkdir(parents=True)
    (site / "diary_app").mkdir()
    listed = ""
    for name, content in {"server/app.py": b"serve = 1\n", "diary_app/core.py": b"rules = 1\n"}.items():
        (site / name).write_bytes(content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        listed += f"{name},sha256={digest},{len(content)}\n"
    made = site / "xerodiary-1.0.dist-info"
    made.mkdir()
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: xerodiary\nVersion: 1.0\n")
    (made / "RECORD").write_text(f"{listed}xerodiary-1.0.dist-info/RECORD,,\n")
    return site


def looked_at(site: Path) -> Finding:
    return files.integrity(Distribution.at(site / "xerodiary-1.0.dist-info"))


def test_files_as_they_were_released_pass(installed: Path) -> None:
    assert (looked_at(installed).verdict, looked_at(installed).seen) == (PASSED, "2 files as released")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (lambda site: (site / "server/app.py").write_bytes(b"serve = 2\n"), "server/app.py was changed"),
        (lambda site: (site / "diary_app/core.py").unlink(), "diary_app/core.py is missing"),
        (lambda site: (site / "server/spy.py").write_bytes(b""), "server/spy.py was added"),
    ],
)
def test_an_altered_a_missing_and_an_added_file_are_named(
    installed: Path, fault: Callable[[Path], object], said: str
) -> None:
    fault(installed)
    assert looked_at(installed).verdict is FAILED
    assert said in looked_at(installed).seen


def test_a_checkout_has_no_list_to_compare_with(installed: Path) -> None:
    (installed / "xerodiary-1.0.dist-info/RECORD").write_text("__editable__.pth,sha256=x,1\n")
    assert looked_at(installed).verdict is OPEN


def test_what_others_may_read_is_named(services: Services) -> None:
    assert failing(files.permissions(services.settings)) == []
    secret = services.settings.var_folder / "secret"
    secret.chmod(0o640)
    assert failing(files.permissions(services.settings)) == ["rights: secret"]


# ---- settings and machine ------------------------------------------------------------------------------------


def test_settings_of_a_try_out_fail_and_those_of_a_study_pass(tmp_path: Path) -> None:
    assert failing(surroundings.sane(Settings())) == [
        "settings: address", "settings: https only", "settings: second factor", "settings: backups",
    ]  # fmt: skip
    sound = {"public_url": "https://dagbog.example", "https_only": True, "backup_folder": tmp_path}
    assert failing(surroundings.sane(Settings(**sound))) == []
    debugging = Settings(**sound, log_level="debug", outbox=True, smtp_host="post.example", smtp_security="none")
    assert failing(surroundings.sane(debugging)) == [
        "settings: no debugging", "settings: messages leave", "settings: way to the mail server",
    ]  # fmt: skip


def test_a_study_file_with_faults_and_one_without_approvals_fail(tmp_path: Path) -> None:
    assert failing(surroundings.study(Settings())) == ["study: approvals"]
    broken = tmp_path / "broken.toml"
    broken.write_text("no study")
    assert failing(surroundings.study(Settings(study_file=broken))) == ["study: file"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = Settings(var_folder=tmp_path, backup_folder=tmp_path / "gone")
    assert by_name(surroundings.room(settings))["room: backup folder"] is FAILED


def test_a_machine_that_cannot_say_whether_its_clock_is_right_leaves_it_open() -> None:
    assert [surroundings.followed(said).verdict for said in ("yes", "no", "")] == [PASSED, FAILED, OPEN]


# ---- database ------------------------------------------------------------------------------------------------


def content(services: Services) -> str:
    with reading(services.engine) as connection:
        return str([connection.execute(select(table)).all() for table in METADATA.sorted_tables])


def test_a_sound_database_passes_and_stays_as_it_is(services: Services) -> None:
    ready(services, ALICE)
    before = content(services)
    found = list(live_database.database(services.settings, SystemEnvironment()))
    assert [one.name for one in found] == [
        "database: reachable", "clock: database", "database: schema", "database: guards", "database: durable",
        "database: trail",
    ]  # fmt: skip
    assert {one.verdict for one in found} == {PASSED}
    assert content(services) == before


def test_an_older_schema_fails_and_is_not_brought_up_to_date(services: Services) -> None:
    with services.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    for _ in range(2):
        found = {one.name: one for one in live_database.database(services.settings, SystemEnvironment())}
        assert (found["database: schema"].verdict, found["database: schema"].seen) == (FAILED, "0001")


def test_a_guard_that_was_taken_away_fails(services: Services) -> None:
    of = "" if is_sqlite(services.engine) else " ON record"
    with services.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER record_no_update{of}")
    assert failing(live_database.database(services.settings, SystemEnvironment())) == ["database: guards"]


def test_a_clock_that_is_a_week_off_fails(services: Services, clock: SimulatedEnvironment) -> None:
    clock.move_to(SystemEnvironment().now() + timedelta(days=7))
    assert failing(live_database.database(services.settings, clock)) == ["clock: database"]


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/none.sqlite", var_folder=tmp_path)
    assert failing(live_database.database(settings, SystemEnvironment())) == ["database: reachable"]
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_does_not_answer_fails(tmp_path: Path) -> None:
    settings = Settings(database_url=f"postgresql://nobody@127.0.0.1:{free_port()}/none", var_folder=tmp_path)
    assert failing(live_database.database(settings, SystemEnvironment())) == ["database: reachable"]


# ---- ways out ------------------------------------------------------------------------------------------------


class Up(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is said on the terminal."""


@contextmanager
def answering(context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Up)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_address_with_a_certificate_that_is_believed_passes_until_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.issue_cert("localhost", not_after=SystemEnvironment().now() + timedelta(days=30)).configure_cert(context)
    made.cert_pem.write_to_path(tmp_path / "authority.pem")
    world = SimulatedEnvironment(SystemEnvironment().now())
    with answering(context) as port:
        settings = Settings(public_url=f"https://localhost:{port}")
        assert failing(ways_out.address(settings, world)) == ["address: answers"]  # nobody knows the authority
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        assert by_name(ways_out.address(settings, world)) == {
            "address: answers": PASSED,
            "address: certificate": PASSED,
        }
        world.advance(days=20)
        assert failing(ways_out.address(settings, world)) == ["address: certificate"]


def test_an_address_in_the_clear_and_one_where_nobody_is_fail() -> None:
    with answering() as port:
        plain = Settings(public_url=f"http://127.0.0.1:{port}")
        assert failing(ways_out.address(plain, SystemEnvironment())) == ["address: certificate"]
    nobody = Settings(public_url=f"http://127.0.0.1:{free_port()}")
    assert failing(ways_out.address(nobody, SystemEnvironment())) == ["address: answers"]


def test_a_test_mail_is_sent_only_to_who_asked() -> None:
    with mail_sink() as port:
        settings = Settings(
            smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", public_url="https://dagbog.example"
        )
        sent = {
            to: list(ways_out.messages(settings, SystemEnvironment(), mail_to=to, sms_to=""))
            for to in ("", "me@x.example")
        }
    assert by_name(sent[""]) == {"messages: mail": OPEN, "messages: text message": PASSED}
    assert sent["me@x.example"][0].seen == "taken, receipt SINK"
    (mail, _) = ways_out.messages(settings, SystemEnvironment(), mail_to="me@x.example", sms_to="")
    assert (mail.verdict, mail.seen) == (FAILED, "not taken: unreachable")


@pytest.fixture
def kept(services: Services, tmp_path: Path) -> Settings:
    """Settings of a server that made a backup this very hour."""
    ready(services, ALICE)
    folder = tmp_path / "backups"
    making.make(services, folder, services.environment.now())
    return services.settings.model_copy(update={"backup_folder": folder})


def test_a_fresh_backup_is_restored_elsewhere(kept: Settings, services: Services, clock: SimulatedEnvironment) -> None:
    before = content(services)
    newest, restored = ways_out.backups(kept, clock)
    assert (newest.verdict, restored.verdict) == (PASSED, PASSED)
    assert "1 participants, 0 flaws" in restored.seen
    assert content(services) == before


def test_a_stale_and_a_damaged_backup_fail(kept: Settings, clock: SimulatedEnvironment) -> None:
    clock.advance(hours=30)
    assert failing(ways_out.backups(kept, clock)) == ["backup: newest"]
    assert kept.backup_folder
    (file,) = kept.backup_folder.glob("*.zip")
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)
    assert failing(ways_out.backups(kept, clock)) == ["backup: newest", "backup: restored"]


def test_without_any_backup_that_is_said(kept: Settings, clock: SimulatedEnvironment, tmp_path: Path) -> None:
    empty = kept.model_copy(update={"backup_folder": tmp_path / "none"})
    assert failing(ways_out.backups(empty, clock)) == ["backup: newest"]


# ---- all of it -----------------------------------------------------------------------------------------------


def test_every_check_is_made_whatever_fails(kept: Settings, services: Services) -> None:
    before = content(services)
    found = list(installation(kept, SystemEnvironment(), Asked()))
    parts = {name.partition(":")[0] for name in by_name(found)}
    assert parts == {
        "program", "settings", "study", "room", "rights", "database", "clock", "address", "messages", "backup",
    }  # fmt: skip
    assert all(one.expected and one.seen for one in found)
    assert all(one.remedy for one in found if one.verdict is not PASSED)
    assert summary(found).startswith(f"{len(found)} checks: ")
    assert content(services) == before


def test_an_engine_is_left_closed(kept: Settings) -> None:
    list(live_database.database(kept, SystemEnvironment()))
    engine = make_engine(kept.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE server_state SET value = value")
    engine.dispose()
