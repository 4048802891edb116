"""Every entry of a questionnaire by diary day: found with one query, each day read when it is first looked at."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from diary_app.core.entries import EntryVersion
from diary_app.core.records import Record

Open = Callable[[bytes], Record | None]


class EntriesByDay(Mapping[date, tuple[EntryVersion, ...]]):
    """Reading a year of records takes long on a phone; one looks at a month of it."""

    def __init__(self, contents: Iterable[tuple[str, bytes]], open_one: Open) -> None:
        self._open_one = open_one
        self._contents: dict[date, list[bytes]] = {}
        self._versions: dict[date, tuple[EntryVersion, ...]] = {}
        for day, content in contents:
            self._contents.setdefault(date.fromisoformat(day), []).append(content)

    def __getitem__(self, day: date) -> tuple[EntryVersion, ...]:
        if day not in self._versions:
            records = (self._open_one(content) for content in self._contents[day])
            self._versions[day] = tuple(EntryVersion.from_record(record) for record in records if record)
        return self._versions[day]

    def __iter__(self) -> Iterator[date]:
        return iter(self._contents)

    def __len__(self) -> int:
        return len(self._contents)
