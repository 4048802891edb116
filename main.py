"""Flet's fixed entry point for native builds and the browser."""

from diary_app.app import run

run()
