"""How settings are told to whoever writes them: what a variable accepts, which one was meant, and what is wrong."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

#: Faults that our own code raised: they say themselves how to write it.
_OWN = "value_error"
#: A default that follows from another setting, which is at fault and named itself.
_LEFT_OUT = "default_factory_not_called"


def accepted(field: FieldInfo) -> str:
    """What may be written, as far as a few words say it."""
    inner = _without_none(field.annotation)
    if get_origin(inner) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(inner))
    if inner is bool:
        return "`true` or `false`"
    limits = {name: getattr(one, name) for one in field.metadata for name in ("ge", "le") if hasattr(one, name)}
    if limits:
        return f"{limits.get('ge', '')} to {limits.get('le', '')}".strip()
    return {Path: "a path", int: "a number"}.get(inner, "text")


def faults(error: ValidationError, fields: Mapping[str, FieldInfo], prefix: str) -> str:
    """One sentence a variable; never what was written there, which may be a secret."""
    found = error.errors(include_input=False, include_url=False)
    return " ".join(_fault(one, fields, prefix) for one in found if one["type"] != _LEFT_OUT)


def unknown(names: Iterable[str], fields: Iterable[str], prefix: str) -> str:
    """One sentence for each variable with our prefix that no setting has; empty where there is none."""
    known = {prefix + name.upper() for name in fields}
    strange = sorted(name for name in names if name.upper().startswith(prefix) and name.upper() not in known)
    return " ".join(_strange(name, sorted(known)) for name in strange)


def _fault(fault: Any, fields: Mapping[str, FieldInfo], prefix: str) -> str:
    path = fault["loc"]
    variable = prefix + str(path[0]).upper() if path else prefix + "*"
    field = fields.get(str(path[0])) if path else None
    if field is None or fault["type"] == _OWN:
        return f"{variable}: {fault['msg'].removeprefix('Value error, ')}."
    what, accepts = re.split(r"[.;] |\.$", field.description or "", maxsplit=1)[0], accepted(field).replace("`", "")
    return f"{variable} is not what it has to be: {what}." + ("" if accepts == "text" else f" It accepts {accepts}.")


def _strange(name: str, known: list[str]) -> str:
    near = get_close_matches(name.upper(), known, n=1)
    return f"{name} is no setting." + (f" {near[0]} is." if near else "")


def _without_none(annotation: Any) -> Any:
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
    return kinds[0] if type(None) in get_args(annotation) and len(kinds) == 1 else annotation
