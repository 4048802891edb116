"""Every entry of a questionnaire by diary day: found with one query, each day read when it is first looked at."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from diary_app.core.entries import EntryVersion

Read = Callable[[bytes], EntryVersion]


class EntriesByDay(Mapping[date, tuple[EntryVersion, ...]]):
    """Reading a year of records takes long on a phone; one looks at a month of it."""

    def __init__(self, contents: Iterable[tuple[str, bytes]], read: Read) -> None:
        self._read = read
        self._contents: dict[date, list[bytes]] = {}
        self._versions: dict[date, tuple[EntryVersion, ...]] = {}
        for day, content in contents:
            self._contents.setdefault(date.fromisoformat(day), []).append(content)

    def __getitem__(self, day: date) -> tuple[EntryVersion, ...]:
        if day not in self._versions:
            self._versions[day] = tuple(self._read(content) for content in self._contents[day])
        return self._versions[day]

    def __iter__(self) -> Iterator[date]:
        return iter(self._contents)

    def __len__(self) -> int:
        return len(self._contents)
