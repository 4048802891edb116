"""A diary of one line per entry: enough Flet to prove the page shell, the store and the updates."""

import contextlib
import os
import sqlite3
from typing import Any

import diary_host  # type: ignore[import-not-found]
import flet as ft
from pyodide.ffi import create_proxy


def open_store() -> sqlite3.Connection:
    connection = sqlite3.connect(os.environ["DIARY_DB"], isolation_level=None)
    connection.execute("PRAGMA journal_mode = truncate")
    connection.execute("PRAGMA synchronous = full")
    connection.execute("CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, score INTEGER NOT NULL)")
    return connection


def main(page: ft.Page) -> None:
    page.title = "Sample"
    store = open_store()
    status = ft.Text()
    seen: list[str] = []

    def show(_: Any = None) -> None:
        (count,) = store.execute("SELECT count(*) FROM entry").fetchone()
        update = "update waiting" if diary_host.update_waiting() else "up to date"
        status.value = (
            f"Entries: {count}. Code: {diary_host.enrol_code() or 'none'}. State: {update}. Seen: {','.join(seen)}."
        )
        page.update()

    def save(_: Any) -> None:
        store.execute("INSERT INTO entry (score) VALUES (7)")
        diary_host.flush()
        show()

    def take_update(_: Any) -> None:
        diary_host.take_update()

    page.add(
        status,
        ft.Button("Save entry", on_click=save),
        ft.Button("Look again", on_click=show),
        ft.Button("Update now", on_click=take_update),
    )
    page.on_app_lifecycle_state_change = lambda event: seen.append(event.state.value)
    diary_host.when_online(create_proxy(lambda: seen.append("online")))
    show()
    diary_host.shown()


with contextlib.suppress(KeyboardInterrupt):
    ft.run(main)
