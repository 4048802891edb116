"""What cannot be rehearsed is refused with every fault, as `study check` and the start of a server would."""

from datetime import date, timedelta

import pytest

from diary_app.core.errors import Code
from diary_app.core.study import parse_study
from diary_app.core.study_versions import InForce
from diary_app.resources import study_text
from server.licensing import Licensed
from server.rehearsal.proposed import MAX_FILE_BYTES, Ground, ProposalRefused, read_proposed
from tests.core.histories import utc

TEXT = study_text("mesrix-more")
FIRST = parse_study(TEXT, file="study.toml")
SECOND = TEXT.replace('version = "1"\n', 'version = "2"\n')
LIVE = InForce(utc("2026-11-01 12:00"), FIRST)


def ground(*later: str) -> Ground:
    versions = [LIVE, *(InForce(LIVE.since + timedelta(days=1), parse_study(text, file="study")) for text in later)]
    return Ground(versions, Licensed(), ("copenhagen",), date(2026, 11, 22))


def refused(raw: bytes, file: str = "next.toml", against: Ground | None = None) -> ProposalRefused:
    with pytest.raises(ProposalRefused) as refusal:
        read_proposed(raw, file, against or ground())
    assert refusal.value.message
    assert refusal.value.remedy
    return refusal.value


def test_the_next_version_is_read_as_a_server_reads_it() -> None:
    assert read_proposed(SECOND.encode(), "next.toml", ground()).version == "2"
    windows = read_proposed(SECOND.replace("\n", "\r\n").encode(), "next.toml", ground())
    assert windows.sha256 == parse_study(SECOND, file="next.toml").sha256


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", Code.STUDY_INVALID),
        (b" \n", Code.STUDY_INVALID),
        (bytes(range(256)) * 8, Code.STUDY_INVALID),
        (b"\x89PNG\r\n\x1a\n\x00\x00", Code.STUDY_INVALID),
        (b"[study]\nid = 'x'\0", Code.STUDY_INVALID),
        (b"#" * (MAX_FILE_BYTES + 1), Code.BODY_TOO_LARGE),
        (TEXT.encode(), Code.ALREADY_EXISTS),
    ],
)
def test_what_is_no_study_file_or_the_one_in_use_is_refused(raw: bytes, code: Code) -> None:
    assert refused(raw).code is code


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (b"participant,site\n01-001,copenhagen\n", "syntax"),
        (b"[licence]\ninstrument = 'GRIX'\n", "study"),
        (b"a = " + b"[" * 5000, "syntax"),
        (b"a = " + b"9" * 5000, "syntax"),
        (b"\xef\xbb\xbf" + SECOND.encode(), "syntax"),
        (SECOND.replace('usual = "20:00"', 'usual = "23:00"').encode(), "prompts.latest"),
        (SECOND.replace('instrument = "DMD"', 'instrument = "NONE"').encode(), "diary.instrument"),
    ],
    ids=["csv", "licence", "deep", "long number", "byte order mark", "time", "instrument"],
)
def test_a_fault_names_file_key_and_remedy(raw: bytes, key: str) -> None:
    refusal = refused(raw, "C:\\Users\\carol\\next.toml")
    assert refusal.code is Code.STUDY_INVALID
    assert key in [one.key for one in refusal.problems]
    assert {one.file for one in refusal.problems} == {"next.toml"}
    assert all(one.remedy for one in refusal.problems)


def test_another_study_is_refused() -> None:
    refusal = refused(SECOND.replace('id = "mesrix-more"', 'id = "elsewhere"').encode())
    (problem,) = refusal.problems
    assert (refusal.code, problem.key, problem.line) == (Code.AMENDMENT_FORBIDDEN, "id", 4)


@pytest.mark.parametrize(
    ("version", "said"), [("1", "live before with other contents"), ("0.9", "older than version 1")]
)
def test_a_version_that_does_not_follow_is_refused(version: str, said: str) -> None:
    refusal = refused(SECOND.replace('version = "2"\n', f'version = "{version}"\n').replace("20:00", "20:10").encode())
    (problem,) = refusal.problems
    assert (refusal.code, problem.key, problem.line) == (Code.AMENDMENT_FORBIDDEN, "version", 5)
    assert said in problem.message


def test_a_version_that_was_followed_by_another_is_refused() -> None:
    refusal = refused(TEXT.encode(), against=ground(SECOND))
    assert refusal.code is Code.AMENDMENT_FORBIDDEN
    assert "was followed by version 2" in refusal.problems[0].message


def test_a_licensed_questionnaire_without_its_licence_is_refused() -> None:
    refusal = refused(SECOND.replace("slot = 2\n", "slot = 2\nactive = true\n").encode())
    assert refusal.code is Code.WORDING_NOT_INSTALLED
    assert {one.key for one in refusal.problems} == {"instruments.0.code"}
    assert "Install the licence file" in refusal.problems[0].remedy


def test_what_would_renumber_exports_is_refused_with_everything_else_that_is_wrong() -> None:
    changed = SECOND.replace("2026-01-01", "2026-02-01").replace("slot = 2\n", "slot = 2\nactive = true\n")
    refusal = refused(changed.encode())
    assert refusal.code is Code.AMENDMENT_FORBIDDEN
    assert {"day_zero", "instruments.0.code"} <= {one.key for one in refusal.problems}


def test_a_name_that_cannot_be_shown_is_replaced() -> None:
    assert refused(b"x", "\x07\u202e../").problems[0].file == "study.toml"
