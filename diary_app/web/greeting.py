"""The words with which the page greets somebody who has no diary yet, while the app is still loading."""

import json
from collections.abc import Callable

from diary_app.resources import catalogue
from diary_app.texts import LANGUAGES
from diary_app.widgets import greeting
from diary_app.widgets.frame import DEMONSTRATION

Say = Callable[[str], str]
Greeting = dict[str, dict[str, str | list[str]]]
SCRIPT = "greeting.js"


def greetings() -> Greeting:
    """What the app's own first screen says, by language. Until a study is known it is a demonstration."""
    return {language: _words(name, catalogue(language).text) for language, name in LANGUAGES.items()}


def greeting_script(words: Greeting | None) -> bytes:
    """For the page; an app that greets nobody tells it so."""
    return f'"use strict";\nconst DIARY_GREETING = {json.dumps(words, ensure_ascii=False, indent=1)};\n'.encode()


def _words(name: str, say: Say) -> dict[str, str | list[str]]:
    return {
        "name": name, "banner": say(DEMONSTRATION), "title": say(greeting.TITLE),
        "lines": [say(greeting.WHAT_IT_IS), say(greeting.WHERE_THE_CODE_IS)], "label": say(greeting.CODE),
        "on": say(greeting.BEGIN), "moment": say(greeting.MOMENT), "contact": say(greeting.NOBODY_READS),
        "installWhy": say(greeting.INSTALL_WHY), "install": say(greeting.INSTALL),
    }  # fmt: skip
