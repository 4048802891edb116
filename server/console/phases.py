"""The study's periods in words: what lies before, between and after its treatments. No word says who was given what."""

from collections.abc import Mapping

from diary_app.core.anchors import periods
from diary_app.core.catalogue import Catalogue
from diary_app.core.study import Study


def phases(study: Study, texts: Catalogue, language: str) -> Mapping[str, str]:
    """By name, in the study's order: before treatment 1, from treatment 1 to treatment 2, after treatment 2."""
    names = [rule.label.get(language, rule.id) for rule in study.anchors]
    names = [f"{name[:1].lower()}{name[1:]}" for name in names]
    return {
        key: _words(texts, key, place, names) for place, key in enumerate(periods([rule.id for rule in study.anchors]))
    }


def _words(texts: Catalogue, key: str, place: int, names: list[str]) -> str:
    if not names:
        return key
    if place == 0:
        return texts.text("Before {treatment}", treatment=names[0])
    if place >= len(names):
        return texts.text("After {treatment}", treatment=names[-1])
    return texts.text("From {treatment} to {next}", treatment=names[place - 1], next=names[place])
