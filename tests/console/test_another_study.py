"""The example of the guide to study files, without any anchor: its pages say nothing of treatments that it has not."""

import re
from pathlib import Path

import httpx
import pytest

from server.access.roles import Role
from server.app import create_app
from server.export.bundle import make_bundle
from server.export.checking import check
from server.export.content import CutKind
from server.export.wanted import Scope, Wanted
from server.intake import staff
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.console import staged
from tests.guide.test_study_file_guide import BLOCKS
from tests.server.handset import Handset, new_code

WHOSE = "A1-AB0001"
PAGES = f"/console/participants/{WHOSE}"


@pytest.fixture
def other(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of a server that runs it."""
    text = re.sub(r"\[\[(anchors|visits|instruments)\]\]\n.*?\n\n", "", BLOCKS[-1], flags=re.DOTALL)
    text = text.replace('end_anchor = "first_spray"\nend_days = 84\n', "")
    file = tmp_path / "spray.toml"
    file.write_text(text, encoding="utf-8")
    return settings.model_copy(update={"study_file": file})


def enrolled(services: Services) -> Handset:
    """Somebody in London whose phone is in step."""
    now = services.environment.now()
    services.writer.run(
        WHOSE,
        lambda connection: staff.add_participant(
            connection, services, site="london", subject="AB0001", author="carol", at=now
        ),
    )
    phone = Handset(services)
    phone.enrol(new_code(services, WHOSE))
    phone.train()
    phone.sync()
    return phone


async def test_a_study_without_anchors_has_no_treatments_on_its_pages(
    other: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    app = create_app(other, clock, clockwork=False)
    async with app.router.lifespan_context(app):
        services: Services = app.state.services
        enrolled(services)
        staged.account(services, "carol", (Role.COORDINATOR, "*"))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            form = {"username": "carol", "password": staged.PASSWORD}
            await client.post("/console/login", data=form, follow_redirects=True)
            pages = [await client.get(f"{PAGES}/{name}") for name in ("treatments", "sheet")]
        assert [page.status_code for page in pages] == [200, 200]
        assert [page.text.count('id="treatments"') for page in pages] == [0, 0]
        assert 'id="status"' in pages[0].text
        clock.advance(days=3)
        made = make_bundle(services, tmp_path / "bundle", Wanted(CutKind.FINAL, scope=Scope.ARCHIVE), author="sam")
        assert check(made.folder).flaws == []
        assert made.counts["participants"] == 1
