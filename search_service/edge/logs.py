"""The log: one JSON object a line on standard error, for our own messages and those of the libraries alike."""

from __future__ import annotations

import logging
import re
import traceback
from enum import StrEnum
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from search_service.errors import InvalidSettings

_OURS = ("search_service", "change_wissen", "uvicorn.error")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Errors whose message names a file or a state of the disk. Any other message may quote what was asked.
_TELLING = (OSError, MemoryError)


class LogForm(StrEnum):
    """How the log is written."""

    JSON = "json"
    TEXT = "text"
    OFF = "off"  # no line for each request; warnings and errors as text


def parse_log_form(text: str) -> LogForm:
    """Return the form that the setting names; raise InvalidSettings."""
    try:
        return LogForm(text)
    except ValueError as error:
        raise InvalidSettings(f"CHANGE_WISSEN_LOG kennt „json“, „text“ und „off“, nicht „{text[:40]}“.") from error


def configure_logs(form: LogForm, stream: TextIO) -> None:
    """Send everything that is logged to `stream`, from the level of information on our own, else from warnings on."""
    renderers: list[Processor] = [structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]
    if form is not LogForm.JSON:
        order = ["time", "level", "event"]
        renderers = [escape_controls, structlog.processors.LogfmtRenderer(key_order=order, drop_missing=True)]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, drop_colours, tell_error, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # warns of every odd form, as often as somebody sends one
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.WARNING if form is LogForm.OFF else logging.INFO)


def escape_controls(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Write line ends and other control characters as their codes, so that a line of text stays one line."""
    return {key: _CONTROL.sub(lambda found: repr(found[0])[1:-1], str(value)) for key, value in event.items()}


def drop_colours(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop the coloured copy of its messages that uvicorn adds."""
    event.pop("color_message", None)
    return event


def tell_error(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put an error into fields: its kind, where it arose, and its message where that cannot quote a question."""
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        if isinstance(error, _TELLING) or type(error).__module__ == "sqlite3":
            event["error_message"] = str(error)
        frames = traceback.extract_tb(error.__traceback__)
        event["trace"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event
