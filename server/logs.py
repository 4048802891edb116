"""Structured logs, one JSON object a line: what happened and to which request, never what anybody answered.

Names that may hold answers, tokens, codes or contact data are cut out wherever they turn up, and so is text that looks
like one. Exceptions are logged as their type and the places they passed, without their message, which may quote data.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import PurePath
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from diary_app.core.environment import Environment
from diary_app.core.errors import XerodiaryError
from diary_app.core.times import format_utc

CUT_OUT = "[cut out]"
Event = MutableMapping[str, Any]

_SECRET_NAMES = re.compile(
    r"answer|authorization|body|code_typed|comment|contact|cookie|csrf|display_name|e_?mail|free_text|message_text|"
    r"nonce|passphrase|passw|phone_number|record_text|secret|subject_line|token|typed|username|\burl\b|^text$|^value$|"
    r"^code$|^address$|^client$|^host_address$|^phone$|^records$|^params$|^parameters$",
    re.IGNORECASE,
)
_SECRET_TEXTS = re.compile(
    r"Bearer\s+\S+"  # tokens
    r"|#enrol=\S+"  # enrolment links
    r"|://[^\s/@:]+:[^\s/@]+@"  # passwords in addresses
    r"|\b[0-9a-fA-F]{32,}\b"  # tokens, session secrets, hashes that may be looked up
    r"|(?<![\w-])(?:[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}|[0-9A-HJKMNP-TV-Z]{12})(?![\w-])"  # enrolment codes
    r"|(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+"  # mail addresses
    r"|(?<![\w.-])(?!\d{4}-\d\d-\d\d\b)\+?\d(?:[ -]?\d){7,}(?![\w:.-])"  # telephone and CPR numbers
    r"|\b(?!(?:127\.0\.0\.1|0\.0\.0\.0)\b)\d{1,3}(?:\.\d{1,3}){3}\b"  # addresses of others: where we listen may be said
    r"|\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{0,4}\b"
    r"|\{[^{}]*\"[^{}]*\}"  # JSON inside a text
)
_UNTOUCHED = frozenset({"at", "level", "request"})
_OWN = "xerodiary"


def logger() -> structlog.stdlib.BoundLogger:
    """What our own code logs through; silent below a warning until `configure` was called."""
    own: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger(_OWN),
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return own


def is_said(level: int) -> bool:
    """Whether our own lines of that level are written at all."""
    return logging.getLogger(_OWN).isEnabledFor(level)


def hush() -> None:
    """Where nothing was configured, warnings are not written either, as Python does by itself."""
    logging.getLogger(_OWN).addHandler(logging.NullHandler())


def configure(level: str, environment: Environment, stream: TextIO | None = None) -> None:
    """Send everything, also what libraries say, through the same processors to one stream."""
    arriving: list[Processor] = [structlog.stdlib.add_log_level, _Stamp(environment)]
    finish: list[Processor] = [
        *arriving,
        name_exception,
        ProcessorFormatter.remove_processors_meta,
        cut_out,
        structlog.processors.JSONRenderer(),
    ]
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(ProcessorFormatter(processors=finish))
    logging.getLogger().handlers = [handler]
    logging.getLogger().setLevel(logging.INFO)  # at debug level libraries log statements with their values
    logging.getLogger(_OWN).setLevel(level.upper())
    for noisy in ("uvicorn.access", "alembic", "apscheduler", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for own_handlers in ("uvicorn", "uvicorn.error"):
        logging.getLogger(own_handlers).handlers = []
        logging.getLogger(own_handlers).propagate = True


class _Stamp:
    """Every line has the time of the environment, not of the machine."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        event["at"] = format_utc(self._environment.now())
        return event


def name_exception(_logger: Any, _method: str, event: Event) -> Event:
    """Replace an exception by its type, its places in the code, and its message only when it is one of ours."""
    info = event.pop("exc_info", None)
    event.pop("exception", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["places"] = _places(error.__traceback__)
        if isinstance(error, XerodiaryError):
            event["error_code"] = error.code.value
    return event


def cut_out(_logger: Any, _method: str, event: Event) -> Event:
    """Remove whatever must not be in a log."""
    return {name: value if name in _UNTOUCHED else _clean(name, value) for name, value in event.items()}


def _clean(name: str, value: Any) -> Any:
    if _SECRET_NAMES.search(name):
        return CUT_OUT
    match value:
        case bool() | int() | float() | None:
            return value
        case str():
            return _SECRET_TEXTS.sub(CUT_OUT, value)
        case Mapping():
            return {str(key): _clean(str(key), inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(name, inner) for inner in value]
        case BaseException():
            return type(value).__name__
    return f"<{type(value).__name__}>"


def _places(trace: TracebackType | None) -> list[str]:
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{PurePath(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found
