"""The diary's own store in a browser: seals and saves one entry after the other, and says how many are durable, until
killed.

At the start it says what it found: how many records, and whether file and chain are whole; then also how long 95 % of
the saves took at most, from the tap to durable.
"""

import asyncio
import os
import statistics
from datetime import timedelta

import diary_host  # type: ignore[import-not-found]
import flet as ft
from phones import TODAY, enrol, evening

from diary_app.core import chain
from diary_app.core.environment import SystemEnvironment
from diary_app.core.pins import Lock
from diary_app.core.sealing import to_base64
from diary_app.sealing.platform import this_cipher
from diary_app.storage.database import Database
from diary_app.storage.diary import Diary

PIN = "2580"
environment = SystemEnvironment()


async def opened() -> tuple[Diary, int, str]:
    """The diary, how many records it holds, and what is wrong with it."""
    database = Database(os.environ["DIARY_DB"], flush=diary_host.flush)
    database.prepare()
    diary = Diary(database, environment, this_cipher())
    if diary.installation() is None:
        study = await this_cipher().new_pair()
        enrol(diary, environment, sealing_key=to_base64(study.public))
    if diary.keyring.lock() is Lock.NO_PIN:
        await diary.keyring.set_pin(PIN)
    assert await diary.keyring.unlock(PIN)
    device = diary.conversation.chains()[-1].device
    records = diary.conversation.records_after(device, 0, 1_000_000)
    with database.reading() as connection:
        verdict = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
    unbroken = chain.follow(records) == diary.conversation.head(device)
    return diary, len(records), "whole" if verdict == "ok" and unbroken else f"{verdict}, unbroken: {unbroken}"


async def main(page: ft.Page) -> None:
    diary, found, state = await opened()
    status = ft.Text()
    page.title = "Writer"
    page.add(ft.Text(f"Found: {found}. State: {state}."), status)

    async def write() -> None:
        number, took = found, [0.0, 0.0]
        while True:
            began = environment.monotonic()
            await diary.write_entry(evening(TODAY + timedelta(days=number)))
            took.append((environment.monotonic() - began) * 1000)
            number += 1
            status.value = f"Acknowledged: {number}. 95 %: {statistics.quantiles(took[-200:], n=20)[-1]:.0f} ms."
            page.update()
            await asyncio.sleep(0)

    page.run_task(write)


ft.run(main)
