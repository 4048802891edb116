"""`xerodiary reminders` and what is typed about being reminded, as somebody at a terminal meets it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.conftest import Run, refusal
from tests.reminders.gateway import SmsGateway
from tests.reminders.post_office import PostOffice, free_port


@pytest.fixture
def post_office(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    """A mail server that the settings name."""
    office = PostOffice()
    office.open()
    given = {"HOST": "127.0.0.1", "PORT": str(office.port), "SECURITY": "none", "SENDER": "dagbog@post.example"}
    for name, value in given.items():
        monkeypatch.setenv(f"XERODIARY_SMTP_{name}", value)
    yield office
    office.close()


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmsGateway]:
    """A gateway that the settings name."""
    gateway = SmsGateway()
    monkeypatch.setenv("XERODIARY_SMS_URL", gateway.apprise_url)
    yield gateway
    gateway.close()


def added(run: Run, *words: str) -> None:
    result = run("participant", "add", "001", "--site", "copenhagen", *words)
    assert result.exit_code == 0, result.output


def test_wishes_are_typed_when_somebody_is_added_and_shown_in_the_preview(run: Run) -> None:
    added(run, "--usual", "18:30", "--channel", "sms", "--channel", "email")
    assert "Reminders by sms, then email." in run("study", "preview", "--participant", "01-001").output


def test_wishes_change_later(run: Run) -> None:
    added(run, "--channel", "sms")
    assert run("participant", "reminders", "01-001", "--channel", "email", "--usual", "19:15").exit_code == 0
    assert "Reminders by email." in run("study", "preview", "--participant", "01-001").output


@pytest.mark.parametrize(
    "words",
    [
        ("--usual", "22:16"), ("--usual", "25:00"), ("--usual", "evening"), ("--channel", "pigeon"),
        ("--channel", "sms", "--channel", "sms"), (),
    ],
)  # fmt: skip
def test_wishes_that_cannot_be_are_refused_with_a_remedy(run: Run, words: tuple[str, ...]) -> None:
    added(run)
    error = refusal(run("participant", "reminders", "01-001", *words))
    assert (error.code, bool(error.remedy)) == ("fact_invalid", True)


def test_contact_data_is_kept_without_being_repeated(run: Run) -> None:
    added(run)
    result = run("participant", "contact", "01-001", "--email", "alice@example.org", "--phone", "+45 12 34 56 78")
    assert result.output.splitlines() == ["email: set.", "phone: set."]
    again = run("participant", "contact", "01-001", "--email", "alice@example.org")
    assert again.output.splitlines() == ["It was so already."]
    assert run("participant", "contact", "01-001", "--email", "").output.splitlines() == ["email: erased."]


def test_contact_data_that_somebody_else_has_is_refused_until_it_is_confirmed(run: Run) -> None:
    added(run)
    assert run("participant", "add", "002", "--site", "copenhagen").exit_code == 0
    run("participant", "contact", "01-001", "--email", "alice@example.org", "--phone", "+4512345678")
    run("participant", "contact", "01-002", "--email", "bob@example.org")
    both = ("participant", "contact", "01-002", "--phone", "+45 12 34 56 78", "--email", "")
    error = refusal(run(*both))
    assert (error.code, "telephone number is kept for 01-001" in str(error)) == ("already_exists", True)
    assert not list(Path().rglob("erased.list"))
    assert run(*both, "--shared").output.splitlines() == ["email: erased.", "phone: set."]
    assert run(*both).output.splitlines() == ["It was so already."]


@pytest.mark.parametrize("words", [("--email", "alice.example.org"), ("--phone", "12345678"), ()])
def test_contact_data_that_is_none_is_refused(run: Run, words: tuple[str, ...]) -> None:
    added(run)
    error = refusal(run("participant", "contact", "01-001", *words))
    assert error.code == "contact_invalid"
    assert not words or words[1] not in str(error)


def test_contact_data_of_nobody_is_refused(run: Run) -> None:
    assert refusal(run("participant", "contact", "01-999", "--email", "a@example.org")).code == "not_found"


def test_a_test_message_arrives_and_its_receipt_is_told(run: Run, post_office: PostOffice) -> None:
    result = run("reminders", "test", "--channel", "email", "--to", "carol@example.org")
    assert result.stdout == "The message was taken, receipt Q0001.\n"
    assert post_office.receivers == ["carol@example.org"]


def test_a_test_message_by_the_gateway(run: Run, gateway: SmsGateway) -> None:
    assert run("reminders", "test", "--channel", "sms", "--to", "+45 12345678").stdout == "The message was taken.\n"
    assert len(gateway.taken) == 1


def test_what_goes_wrong_with_a_test_message_is_said_with_a_remedy(run: Run, post_office: PostOffice) -> None:
    post_office.refused["carol@example.org"] = "550 <carol@example.org> is nobody"
    error = refusal(run("reminders", "test", "--channel", "email", "--to", "carol@example.org"))
    assert (error.code, "recipient_refused" in error.message) == ("message_not_sent", True)
    assert "carol" not in str(error)


def test_a_mail_server_that_is_not_there_is_named_by_its_setting(
    run: Run, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XERODIARY_SMTP_PORT", str(free_port()))
    error = refusal(run("reminders", "test", "--channel", "email", "--to", "carol@example.org"))
    assert "unreachable" in error.message
    assert "port" in error.remedy


def test_a_channel_that_is_not_set_up_is_refused(run: Run) -> None:
    for channel, setting in (("email", "XERODIARY_SMTP_HOST"), ("sms", "XERODIARY_SMS_URL")):
        to = "carol@example.org" if channel == "email" else "+4512345678"
        error = refusal(run("reminders", "test", "--channel", channel, "--to", to))
        assert (error.code, setting in error.remedy) == ("channel_not_set_up", True)


def test_an_address_that_tells_stops_the_test_too(
    run: Run, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XERODIARY_PUBLIC_URL", "https://mesrix.example")
    error = refusal(run("reminders", "test", "--channel", "email", "--to", "carol@example.org"))
    assert (error.code, "mesrix" in error.message) == ("message_not_sent", True)
    assert post_office.raw == []


def test_a_sender_that_tells_is_refused(run: Run, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XERODIARY_SMTP_SENDER", "xerostomi@post.example")
    assert refusal(run("reminders", "test", "--channel", "email", "--to", "c@example.org")).code == "message_not_sent"


def test_with_an_outbox_messages_are_written_out(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XERODIARY_OUTBOX", "true")
    assert run("reminders", "test", "--channel", "email", "--to", "carol@example.org").exit_code == 0
    (file,) = (tmp_path / "var" / "outbox").iterdir()
    text = file.read_text(encoding="utf-8")
    assert text.startswith("Channel: email\nFrom: Dagbog\nSubject: Tid til dagbogen\n")
    assert "carol" not in text + file.name


def test_ledger_and_failures_of_a_study_without_reminders(run: Run) -> None:
    added(run)
    assert (
        run("reminders", "list", "--participant", "01-001", "--from", "2026-11-01").output.split()[0] == "participant"
    )
    assert run("reminders", "failed").output == "No reminder has failed for good.\n"


def test_what_is_piped_and_is_no_report_does_nothing(run: Run) -> None:
    added(run)
    result = run("reminders", "bounced", typed="Subject: away\n\nI am back on Monday.\n")
    assert (result.exit_code, "nothing is done" in result.output) == (0, True)
