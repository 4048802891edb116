"""What was found fit once is not looked at again, and what was not is looked at each time."""

import pytest

from server.export.lately import REMEMBERED, Lately


def test_a_column_is_asked_only_about_what_it_has_not_had() -> None:
    lately, asked = Lately(2), list[tuple[int, object]]()
    for row in ((1, "a"), (1, "b"), ("a", "b"), (1, "a")):
        lately.check(row, lambda place, value: asked.append((place, value)))
    assert asked == [(0, 1), (1, "a"), (1, "b"), (0, "a")]


def test_what_was_refused_is_refused_again() -> None:
    def refuse(place: int, value: object) -> None:
        raise ValueError(f"{place} {value}")

    lately = Lately(1)
    for _ in range(2):
        with pytest.raises(ValueError, match="0 x"):
            lately.check(("x",), refuse)


def test_memory_does_not_grow_with_the_values() -> None:
    lately, asked = Lately(1), list[object]()
    for value in (*range(REMEMBERED + 1), 0, REMEMBERED):
        lately.check((value,), lambda _, value: asked.append(value))
    assert asked == [*range(REMEMBERED + 1), 0]
