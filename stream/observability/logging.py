"""Logs: structured, to stderr, as lines for people or as JSON for machines."""

import logging
import os
import sys

import structlog


def configure_logging(log_format: str, log_level: str, *, libraries_level: str = "warning") -> None:
    """Send the logs of Twinlist and of its libraries to stderr in one form.

    Args:
        log_format: "console" or "json".
        log_level: least severity of Twinlist's own logs.
        libraries_level: least severity of what its libraries log.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[log_level.upper()]
        ),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    levels = logging.getLevelNamesMapping()
    least = levels[libraries_level.upper()]
    # A level on the root logger is not enough: Faust's services set one on their own loggers.
    handler.addFilter(lambda record: record.levelno >= least or record.name.startswith("stream."))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(least)
    logging.getLogger("stream").setLevel(log_level.upper())
