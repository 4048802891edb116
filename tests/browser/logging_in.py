"""Logging in to the console as a member of staff would, with scripts or without."""

from playwright.sync_api import Page

from tests.console import staged


def log_in(page: Page, origin: str, name: str) -> None:
    """With the password that everybody staged has; the first page is there when it returns."""
    page.goto(f"{origin}/console/login")
    page.fill("#username", name)
    page.fill("#password", staged.PASSWORD)
    page.click("button.primary")
    page.locator(".account").wait_for(state="attached")
