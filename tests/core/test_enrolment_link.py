"""Links that enrol: where the server is, and which code."""

import pytest

from diary_app.core.enrolment_link import EnrolmentLink, read_link


@pytest.mark.parametrize(
    ("link", "server"),
    [
        ("https://diary.example/app/#enrol=K7QM-3XZP-9A2B", "https://diary.example"),
        ("  https://diary.example:8443/app/#enrol=K7QM-3XZP-9A2B\n", "https://diary.example:8443"),
        ("http://127.0.0.1:8765/app/#enrol=K7QM-3XZP-9A2B", "http://127.0.0.1:8765"),
        ("http://[::1]:8765/app/#enrol=K7QM-3XZP-9A2B", "http://[::1]:8765"),
    ],
)
def test_a_link_names_server_and_code(link: str, server: str) -> None:
    assert read_link(link) == EnrolmentLink(server, "K7QM-3XZP-9A2B")


@pytest.mark.parametrize(
    "typed",
    [
        "K7QM-3XZP-9A2B", "", "http://diary.example/app/#enrol=K7QM-3XZP-9A2B", "https:///app/#enrol=K7QM",
        "https://diary.example/app/", "https://alice:secret@diary.example/app/#enrol=K7QM", "https://[::1/#enrol=K7QM",
        "https://diary.example:port/#enrol=K7QM",
    ],
)  # fmt: skip
def test_anything_else_is_no_link(typed: str) -> None:
    assert read_link(typed) is None
