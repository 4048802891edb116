"""One module for each group of commands; `server/cli.py` puts them together."""
