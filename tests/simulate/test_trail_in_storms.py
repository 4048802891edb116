"""Rows that are not as phones and staff made them: both are found, whether the chains of hashes know it or not."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Connection

from server.db import records, staff_facts
from tests.simulate.stories import Story, lived_through

pytestmark = pytest.mark.usefixtures("quiet")


async def test_a_record_that_no_phone_made_like_that_is_found(tmp_path: Path) -> None:
    add = records.add

    def rounded(connection: Connection, rows: Iterable[Any]) -> None:
        add(connection, [row._replace(text=row.text.replace('"DMD01":3', '"DMD01":0')) for row in rows])

    story = Story()
    story.fills_in(1)
    with patch.object(records, "add", rounded):
        ended = await lived_through(story.plan(days=3), tmp_path)
    ended.storm.close()
    assert any("which no phone made like that" in one for one in ended.found), ended.found


async def test_a_fact_whose_author_is_changed_breaks_the_trail(tmp_path: Path) -> None:
    add = staff_facts.add
    story = Story()
    with patch.object(staff_facts, "add", lambda connection, row: add(connection, row._replace(author="nobody"))):
        ended = await lived_through(story.plan(days=2), tmp_path)
    ended.storm.close()
    assert any("the trail does not hold" in one for one in ended.found), ended.found
