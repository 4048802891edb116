"""The investigator of the site reads every answer at all times: whatever became of the participant, and masked by no
study file."""

from datetime import timedelta

import httpx
import pytest

from diary_app.core.errors import FileInvalid
from diary_app.core.facts import Status, StatusSet
from diary_app.core.staff_acts import LockingReason
from diary_app.core.study import parse_study
from diary_app.resources import study_text
from server.access.proving import prove
from server.intake import locking
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.console.conftest import LogIn, Page
from tests.console.file_of_alice import FIRST, PATH, SECRET, keep_diary, staff
from tests.console.staged import PASSWORD
from tests.server.handset import Handset, record_fact


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    staff(services)
    return keep_diary(services, clock)


async def assert_ines_reads_every_answer(log_in: LogIn, client: httpx.AsyncClient) -> None:
    await log_in("ines")
    page = Page(await client.get(f"{PATH}/answers"))
    assert page.response.status_code == 200
    for code, value in SECRET.items():
        assert page.text.count(f"{code} {value} ") >= 3, code


@pytest.mark.parametrize("status", Status)
async def test_after_whatever_became_of_alice_every_answer_is_read(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient, status: Status
) -> None:
    record_fact(services, ALICE, StatusSet(status=status, effective=FIRST + timedelta(days=4), reason="recorded"))
    await assert_ines_reads_every_answer(log_in, client)


async def test_locked_days_are_read_too(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    ines = prove(services, username="ines", password=PASSWORD, address="")
    locking.lock(services, ALICE, None, LockingReason.DATA_REVIEWED, by=ines)
    await assert_ines_reads_every_answer(log_in, client)


@pytest.mark.parametrize("key", ["masked = true", 'masked_from = ["investigator"]', 'blinding_reason = "protocol 9.2"'])
@pytest.mark.parametrize("table", ["", "[study]", "[sites.contact]", "[diary]", "[[diary.windows]]", "[[instruments]]"])
def test_no_study_file_can_mask_anything(key: str, table: str) -> None:
    text = study_text("mesrix-more")
    assert parse_study(text, file="study.toml")
    before, head, after = text.partition(f"{table}\n") if table else ("", "", text)
    assert after
    with pytest.raises(FileInvalid) as refused:
        parse_study(f"{before}{head}{key}\n{after}", file="study.toml")
    assert key.partition(" ")[0] in str(refused.value.problems)
