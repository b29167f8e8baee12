"""Logs in one form, on stderr, for Twinlist and the libraries that it uses."""

import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from stream.observability.logging import configure_logging


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("stream")
    kept = (root.handlers, root.level, ours.level)
    yield
    root.handlers, level, our_level = kept
    root.setLevel(level)
    ours.setLevel(our_level)
    structlog.reset_defaults()


def test_json_is_one_object_a_line_with_time_level_and_fields(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("json", "info")
    structlog.stdlib.get_logger("stream.pipeline").info("event done", key="L-1", seconds=0.5)
    written = json.loads(capsys.readouterr().err)
    assert written.pop("timestamp").endswith("Z")
    assert written == {"event": "event done", "level": "info", "key": "L-1", "seconds": 0.5}


def test_libraries_log_in_the_same_form_from_warning_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("json", "debug")
    chatty = logging.getLogger("a_library")
    chatty.setLevel("INFO")
    chatty.info("hidden")
    logging.getLogger("aiokafka").warning("the broker %s is away", "b-1")
    written = json.loads(capsys.readouterr().err)
    assert (written["event"], written["level"]) == ("the broker b-1 is away", "warning")


def test_less_than_the_level_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "warning")
    structlog.stdlib.get_logger("stream.pipeline").info("hidden")
    logging.getLogger("stream.adapters").info("hidden")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_an_error_comes_with_its_traceback(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logging(log_format, "info")
    try:
        raise ValueError("broken")  # noqa: TRY301
    except ValueError:
        structlog.stdlib.get_logger("stream.pipeline").exception("failed")
    assert "ValueError: broken" in capsys.readouterr().err


def test_the_console_form_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("console", "info")
    structlog.stdlib.get_logger("stream.pipeline").info("event done", key="L-1")
    written = capsys.readouterr().err
    assert "event done" in written
    assert "L-1" in written


def test_libraries_are_silent_where_only_our_own_warnings_are_wanted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("console", "warning", libraries_level="critical")
    logging.getLogger("aiokafka").error("the broker is away")
    logging.getLogger("stream.app").warning("tombstones not expired")
    written = capsys.readouterr().err
    assert "tombstones not expired" in written
    assert "the broker is away" not in written


def test_no_color_is_respected_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    for no_color in ("", "1"):
        monkeypatch.setenv("NO_COLOR", no_color)
        configure_logging("console", "info")
        structlog.stdlib.get_logger("stream.pipeline").info("event done")
        assert ("\x1b" in capsys.readouterr().err) == (not no_color)
        structlog.reset_defaults()


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_what_strangers_wrote_cannot_forge_a_line(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logging(log_format, "info")
    structlog.stdlib.get_logger("stream.pipeline").info(
        "event done", key="L-1\nforged\r\x1b[31m\0", photos_left_out={"0": "why\nforged"}
    )
    (line,) = capsys.readouterr().err.splitlines()
    assert line.isprintable()
