"""The phone's clipboard, through whatever shows the app."""

from collections.abc import Awaitable, Callable

import flet as ft

Copy = Callable[[str], Awaitable[None]]


async def copy_to_clipboard(text: str) -> None:
    """From there the participant can paste it into a message."""
    await ft.Clipboard().set(text)
