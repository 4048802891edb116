"""The command `xerodiary`: every task that needs no browser."""
