"""The command `xerodiary` from its first line: everything is loaded, then `server/cli.py` runs it."""

import gc


def main() -> None:
    """Load without looking for garbage: modules make none, and looking again and again is a seventh of a start."""
    gc.disable()
    from server import cli

    gc.freeze()  # what is loaded stays, so nobody needs to look through it later either
    gc.enable()
    cli.main()


if __name__ == "__main__":
    main()
