"""How property tests run: never against the clock, because a busy machine proves nothing about the rules."""

from hypothesis import settings

settings.register_profile("xerodiary", deadline=None)
settings.load_profile("xerodiary")
