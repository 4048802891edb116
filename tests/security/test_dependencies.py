"""What ships has licences whose terms were read, and the command that asks for known faults is in the guide."""

import pytest

from scripts.dependency_review import ROOT, SHIPPED, Dependency, locked

FOUND = sorted({one for lock in SHIPPED for one in locked(lock)}, key=lambda one: (one.name, one.version))


@pytest.mark.parametrize("one", FOUND, ids=lambda one: f"{one.name}-{one.version}")
def test_its_licence_was_looked_at(one: Dependency) -> None:
    assert one.is_looked_at, one.licence


def test_most_of_what_ships_is_here_to_be_asked() -> None:
    asked = [one for one in FOUND if one.licence is not None]
    assert len(asked) > 40
    assert len(asked) > 0.8 * len(FOUND)


def test_a_licence_that_nobody_looked_at_is_found() -> None:
    assert not Dependency("mallory", "1", "Commons Clause").is_looked_at
    assert not Dependency("mallory", "1", "AGPL-3.0-only").is_looked_at


def test_the_guide_says_how_to_ask_for_known_faults() -> None:
    assert "make advisories" in (ROOT / "docs/security.md").read_text(encoding="utf-8")
