import io
import json
import logging
import sqlite3

import pytest
import structlog

from search_service.edge.logs import LogForm, configure_logs, parse_log_form
from search_service.errors import InvalidSettings


@pytest.fixture
def log():
    """Return a function that configures the log and gives what it is written to; all is as before afterwards."""
    root = logging.getLogger()
    names = ("search_service", "change_wissen", "uvicorn.error", "python_multipart")
    before = root.handlers[:], root.level, [logging.getLogger(name).level for name in names]

    def configure(form):
        stream = io.StringIO()
        configure_logs(form, stream)
        return stream

    yield configure
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    for name, level in zip(names, before[2], strict=True):
        logging.getLogger(name).setLevel(level)


OURS = logging.getLogger("search_service.edge.records")


def test_a_line_is_one_object_with_its_fields(log):
    stream = log(LogForm.JSON)
    with structlog.contextvars.bound_contextvars(request_id="wunsch-42"):
        OURS.info("answered", extra={"route": "/suche", "status": 200, "generation": None})
    told = json.loads(stream.getvalue())
    assert told.pop("time").endswith("Z")
    assert told == {
        "event": "answered", "level": "info", "logger": "search_service.edge.records", "request_id": "wunsch-42",
        "route": "/suche", "status": 200, "generation": None,
    }  # fmt: skip


def test_libraries_write_the_same_way_and_only_what_matters(log):
    stream = log(LogForm.JSON)
    logging.getLogger("uvicorn.error").info("Shutting down", extra={"color_message": "\x1b[36m"})
    logging.getLogger("irgendeine.bibliothek").info("Geplapper")
    logging.getLogger("irgendeine.bibliothek").warning("Achtung %s", "hier")
    logging.getLogger("python_multipart.multipart").warning("Skipping data after last boundary")
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["event"], line["level"]) for line in told] == [("Shutting down", "info"), ("Achtung hier", "warning")]
    assert "color_message" not in told[0]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (KeyError("Betriebsgeheimnis"), None),
        (ValueError("Betriebsgeheimnis"), None),
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device"),
        (sqlite3.OperationalError("disk I/O error"), "disk I/O error"),
    ],
)
def test_a_trace_is_a_field_and_quotes_no_question(log, error, message):
    stream = log(LogForm.JSON)
    try:
        raise error
    except type(error):
        OURS.exception("crash")
    told = json.loads(stream.getvalue())
    assert told["error"] == type(error).__name__
    assert told.get("error_message") == message
    assert "test_a_trace_is_a_field" in told["trace"][0]
    assert "Betriebsgeheimnis" not in stream.getvalue()
    assert "exc_info" not in told


@pytest.mark.parametrize("form", LogForm)
def test_a_line_stays_one_line_whatever_is_logged(log, form):
    stream = log(form)
    OURS.warning("böse\nlevel=info event=erfunden\r\n%s", "\x1b[31m")
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()


def test_off_means_warnings_and_errors_only(log):
    stream = log(LogForm.OFF)
    OURS.info("answered")
    OURS.error("kaputt")
    assert "event=kaputt" in stream.getvalue()
    assert "answered" not in stream.getvalue()


def test_an_unknown_form_is_refused_with_the_known_ones():
    assert parse_log_form("json") is LogForm.JSON
    with pytest.raises(InvalidSettings, match="„json“, „text“ und „off“, nicht „xml“"):
        parse_log_form("xml")
