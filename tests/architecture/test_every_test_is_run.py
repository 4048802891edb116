"""What the quick run leaves, the long one takes, and continuous integration runs both."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def recipe(target: str) -> str:
    """The lines that `make` carries out for a target itself."""
    made = (ROOT / "Makefile").read_text(encoding="utf-8").split(f"\n{target}:", 1)[1]
    return made.partition("\n\n")[0].partition("\n")[2]


def test_no_test_is_left_by_both_runs() -> None:
    assert '$(PYTEST) $(POOL) -m "not long" ||' in recipe("tests")
    assert "$(PYTEST) $(POOL) -m long ||" in recipe("long")


def test_continuous_integration_runs_both() -> None:
    asked = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert [line for line in asked if line.startswith("make")] == ["make test", "make long"]
