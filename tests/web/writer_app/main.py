"""The diary's own store in a browser: saves one entry after the other, and says how many are durable, until killed.

At the start it says what it found: how many records, and whether file and chain are whole.
"""

import asyncio
import os
from datetime import timedelta

import diary_host  # type: ignore[import-not-found]
import flet as ft
from phones import TODAY, enrol, evening

from diary_app.core import chain
from diary_app.core.environment import SystemEnvironment
from diary_app.storage.database import Database
from diary_app.storage.diary import Diary

environment = SystemEnvironment()


def opened() -> tuple[Diary, int, str]:
    """The diary, how many records it holds, and what is wrong with it."""
    database = Database(os.environ["DIARY_DB"], flush=diary_host.flush)
    database.prepare()
    diary = Diary(database, environment)
    if diary.installation() is None:
        enrol(diary, environment)
    device = diary.conversation.chains()[-1].device
    records = diary.conversation.records_after(device, 0, 1_000_000)
    with database.reading() as connection:
        verdict = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
    unbroken = chain.follow(records) == diary.conversation.head(device)
    return diary, len(records), "whole" if verdict == "ok" and unbroken else f"{verdict}, unbroken: {unbroken}"


def main(page: ft.Page) -> None:
    diary, found, state = opened()
    status = ft.Text()
    page.title = "Writer"
    page.add(ft.Text(f"Found: {found}. State: {state}."), status)

    async def write() -> None:
        number = found
        while True:
            diary.save_entry(evening(TODAY + timedelta(days=number)))
            number += 1
            status.value = f"Acknowledged: {number}."
            page.update()
            await asyncio.sleep(0)

    page.run_task(write)


ft.run(main)
