"""Drives the screens with no Flutter client: render, find by key, tap, read. Flet's private names stay here."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import flet as ft
from flet.controls.base_control import BaseControl
from flet.controls.context import _context_page
from flet.messaging.connection import Connection
from flet.messaging.protocol import MessageAction
from flet.messaging.session import Session
from flet.pubsub.pubsub_hub import PubSubHub

Walk = Iterator[BaseControl]


class SilentConnection(Connection):
    """A client that shows nothing and answers nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Any] = []
        self.page_url = "http://phone.test"
        self.pubsubhub = PubSubHub()
        self.loop = asyncio.get_running_loop()

    def send_message(self, message: Any) -> None:
        """Remembered, to notice crashes."""
        self.sent.append(message)


class Screen:
    """One page with an app rendered on it."""

    def __init__(self) -> None:
        self._connection = SilentConnection()
        self._session = Session(self._connection)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def page(self) -> ft.Page:
        """The page, for the composition root."""
        return self._session.page

    async def show(self, app: Callable[..., Any], *arguments: Any) -> None:
        """Render the app."""
        _context_page.set(self.page)
        self.page.render(app, *arguments)
        self._session.get_page_patch()
        await self.settle()

    async def start(self, main: Callable[[ft.Page], Any]) -> None:
        """What Flet does with a fresh page."""
        _context_page.set(self.page)
        main(self.page)
        self._session.get_page_patch()
        await self.settle()

    def close(self) -> None:
        """Let go of the page."""
        self._session.close()
        _context_page.set(None)

    async def settle(self) -> None:
        """Let every repaint and effect that is under way happen. Fails when a handler raised."""
        for _ in range(40):
            await asyncio.sleep(0)
        crashes = [message for message in self._connection.sent if message.action == MessageAction.SESSION_CRASHED]
        assert not crashes, crashes

    def shown(self) -> list[BaseControl]:
        """Every control on the screen, in the order of reading; what was replaced is not among them."""
        return list(_below(self.page.views[-1]))

    def find(self, key: str) -> Any:
        """The control with that key. Raises LookupError, naming the keys there are."""
        found = [control for control in self.shown() if getattr(control, "key", None) == key]
        if not found:
            raise LookupError(f"no {key!r} among {self.keys()}")
        return found[0]

    def has(self, key: str) -> bool:
        """Whether there is such a control."""
        return any(getattr(control, "key", None) == key for control in self.shown())

    def keys(self) -> list[str]:
        """Every key on the screen, in the order of reading."""
        return [str(control.key) for control in self.shown() if getattr(control, "key", None)]

    def texts(self) -> list[str]:
        """Every text that can be read, in order; of a label that only a screen reader says, too."""
        spoken = [_spoken(control) for control in self.shown()]
        return [text for texts in spoken for text in texts if text]

    @property
    def reads(self) -> str:
        """All texts in one."""
        return " | ".join(self.texts())

    async def tap(self, key: str) -> None:
        """Tap a control; one that is disabled does nothing, as on a phone."""
        if not self.find(key).disabled:
            await self._fire(self.find(key), "click", None)

    def buttons(self) -> dict[str, int]:
        """What can be tapped, by key, under the numbers by which the client names it."""
        shown = (control for control in self.shown() if getattr(control, "on_click", None))
        return {str(control.key): control._i for control in shown if getattr(control, "key", None)}  # noqa: SLF001

    async def touch(self, number: int) -> None:
        """What the client says of a tap on what it showed a moment ago."""
        await self._session.dispatch_event(number, "click", None)
        await self.settle()

    async def choose(self, value: object) -> None:
        """Tap an answer."""
        assert self.has(f"answer-{value}"), self.reads
        await self._change(self.find("answers"), str(value))

    async def pick(self, group: str, value: object) -> None:
        """Tap one of a few."""
        await self._change(self.find(group), str(value))

    async def tick(self, key: str) -> None:
        """Tap a checkbox."""
        await self._change(self.find(key), not self.find(key).value)

    async def type(self, key: str, text: str) -> None:
        """Replace what a field holds."""
        await self._change(self.find(key), text)

    async def go(self, route: str) -> None:
        """What the client does when the address changes."""
        self.page.route = route
        await self._fire(self.page, "route_change", {"route": route})

    async def measure(self, key: str, height: float, width: float = 10.0) -> None:
        """What the client says when something is laid out."""
        await self._fire(self.find(key), "size_change", {"w": width, "h": height})

    def later(self, action: Coroutine[Any, Any, None]) -> None:
        """Do it as soon as the handler that asked for it is done; `settle` waits for it."""
        self._tasks.append(asyncio.ensure_future(action))

    async def _change(self, control: BaseControl, value: Any) -> None:
        self._session.apply_patch(control._i, {"value": value})  # noqa: SLF001
        await self._fire(control, "change", value)

    async def _fire(self, control: BaseControl, event: str, data: Any) -> None:
        await self._session.dispatch_event(control._i, event, data)  # noqa: SLF001
        await self.settle()


def keys_below(control: BaseControl) -> list[str]:
    """The keys within a control."""
    return [str(inner.key) for inner in _below(control) if getattr(inner, "key", None)]


def _below(control: BaseControl) -> Walk:
    yield control
    for name in ("_b", "controls", "content", "title", "actions"):
        inner = getattr(control, name, None)
        for child in inner if isinstance(inner, list) else [inner]:
            if isinstance(child, BaseControl) and getattr(child, "visible", True):
                yield from _below(child)


def _spoken(control: BaseControl) -> tuple[str | None, ...]:
    if isinstance(control, ft.Text):
        return (control.value, control.semantics_label)
    if isinstance(control, ft.Semantics | ft.Checkbox | ft.TextField):
        return (str(control.label) if control.label else None,)
    return ()
