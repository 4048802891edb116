"""What people hand over is read as it comes: rescue files, lines of codes, study files, codes from letters."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as chance
from hypothesis import strategies as st

from diary_app import resources
from diary_app.core.enrolment_code import normalise
from diary_app.core.errors import Code, FileInvalid, FileProblem, RequestRefused
from diary_app.core.rescue import RescueFile, RescueRefused, chain_of
from diary_app.core.rescue_codes import codes_of, read_codes
from diary_app.core.study import Study, parse_study
from diary_app.core.study_check import check_study
from server.intake import rescue
from server.services import Services
from tests.conftest import ALICE
from tests.security.damage import Damage, damages
from tests.server.handset import Handset, ready
from tests.server.keeping import kept

STUDY = Path(__file__).parents[2] / "assets/studies/mesrix-more.toml"
DEPTH = int(os.environ.get("FUZZING_DEPTH", "1"))
some = chance(max_examples=60 * DEPTH, suppress_health_check=list(HealthCheck))
UNREADABLE = {Code.RESCUE_UNREADABLE, Code.RESCUE_NOT_OURS, Code.RESCUE_CODES_MISSING, Code.RESCUE_CODES_DAMAGED,
              Code.RESCUE_CODES_MIXED}  # fmt: skip


@pytest.fixture
def database_url(migrated_sqlite: str) -> str:
    """Files are read before any database is asked."""
    return migrated_sqlite


@pytest.fixture
def alice(services: Services) -> Handset:
    """Her phone holds two records that were never sent."""
    alice = ready(services, ALICE)
    alice.train()
    alice.record("app_event", what="a")
    return alice


def file_of(alice: Handset) -> RescueFile:
    waiting = [record.text for record in alice.records if record.sequence > alice.have]
    return RescueFile(app_version="1.0", chains=(chain_of(alice.token_sha256, alice.device, alice.head, waiting),))


def handed_over(services: Services, data: bytes) -> Code | None:
    """Why it was refused; None when it was taken in."""
    try:
        rescue.rescue(services, data, services.environment.now())
    except RescueRefused as refusal:
        return Code(refusal.code)
    return None


@some
@given(damage=damages)
def test_a_damaged_rescue_file_is_refused_and_nothing_is_lost(
    services: Services, alice: Handset, damage: Damage
) -> None:
    whole, before = file_of(alice).to_bytes(), kept(services)
    data = damage.on(whole)
    code = handed_over(services, data)
    assert code in {None, *UNREADABLE}
    assert before <= kept(services)
    if code is None:
        assert {record.text.encode() for record in alice.records} <= kept(services), "only what means the same is taken"
    assert handed_over(services, whole) is None


@some
@given(damage=damages, line=st.integers(0, 50))
def test_damaged_codes_are_refused_by_number(services: Services, alice: Handset, damage: Damage, line: int) -> None:
    codes = list(codes_of(file_of(alice)))
    codes[line % len(codes)] = damage.on(codes[line % len(codes)].encode()).decode("latin-1")
    code = handed_over(services, "\n".join(codes).encode("latin-1"))
    assert code in {None, *UNREADABLE}


@some
@given(text=st.text() | st.from_regex(r"XD1[0-9]{0,4}[A-Z2-7]{0,80}"))
def test_any_lines_are_read_or_refused(text: str) -> None:
    with pytest.raises(RescueRefused) as refusal:
        read_codes(text)
    assert refusal.value.code in UNREADABLE


@some
@given(damage=damages)
def test_a_damaged_study_file_names_what_is_wrong(damage: Damage) -> None:
    text = damage.on(STUDY.read_bytes()).decode("utf-8", "replace")
    for problem in problems_of(text):
        assert problem.message
        assert problem.remedy
        assert problem.line is None or 1 <= problem.line <= text.count("\n") + 1


def problems_of(text: str) -> tuple[FileProblem, ...]:
    try:
        study: Study = parse_study(text, file="study.toml")
    except FileInvalid as refusal:
        return tuple(refusal.problems)
    return tuple(check_study(study, resources.instruments(), resources.LANGUAGES, file="study.toml"))


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 5000, "a = " + "{a=" * 5000, "a." * 5000 + "a = 1", "a = " + "9" * 5000, 'a = "\\ud800"', "\0",
     "[" * 5000, "[a]\n" * 2000, "\ufeff[study]", "[study]\nid = 1979-05-27T07:32:00Z", "[study]\nversion = inf"],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_a_study_file_of_any_kind_is_refused_by_place(text: str) -> None:
    with pytest.raises(FileInvalid) as refusal:
        parse_study(text, file="study.toml")
    assert refusal.value.problems[0].remedy


@some
@given(typed=st.text() | st.text(alphabet="0123456789ABCDEFGHJKMNPQRSTVWXYZ-ilo ", max_size=20))
def test_any_typed_code_is_one_or_a_slip(typed: str) -> None:
    try:
        code = normalise(typed)
    except RequestRefused as slip:
        code = Code(slip.code)
    assert code is Code.CODE_MALFORMED or (normalise(code) == code and code.isascii())
