"""What stands around the work of every command: quiet logs, and an end in one clear sentence."""

import gc
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import msgspec
import typer
from pydantic import ValidationError

from stream.domain.errors import TwinlistError
from stream.observability.logging import configure_logging
from stream.refused_settings import check_names, explain
from stream.settings import variables

Verbose = Annotated[bool, typer.Option("--verbose", help="Show what is logged, too.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_EXTRAS = {
    **dict.fromkeys(("confluent_kafka", "onnxruntime", "pytriton", "qdrant_edge"), "[local]"),
    **dict.fromkeys(("difr", "onnx", "sklearn", "torch"), "[train]"),
    "bpy": "[scenes]",
}
"""The extra of twinlist that a module comes with; all others come with twinlist itself."""


@contextmanager
def frame(*, is_verbose: bool = False) -> Iterator[None]:
    """Run a command: its errors become one sentence and exit status 1.

    Ctrl-C and SIGTERM take one way, `KeyboardInterrupt`, and end in status 130 and 143. Of logs
    only Twinlist's own warnings are shown: what a library complains of is raised as an error, too.
    """
    level, libraries = ("debug", "info") if is_verbose else ("warning", "critical")
    configure_logging("console", level, libraries_level=libraries)
    received: int = signal.SIGINT

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal received
        received = number
        for one in _SIGNALS:  # once is enough: what is being stopped must not be interrupted
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    for one in _SIGNALS:
        signal.signal(one, stop)
    try:
        check_names(variables())
        yield
    except KeyboardInterrupt as error:
        typer.echo("twinlist: stopped", err=True)
        gc.freeze()  # at its end the interpreter would look through all that is loaded once more
        raise typer.Exit(128 + received) from error
    except BrokenPipeError:
        raise  # whoever reads the output has seen enough: no error
    except (TwinlistError, ModuleNotFoundError, OSError, ValidationError) as error:
        for sentence in _sentences(error):
            typer.echo(f"twinlist: {sentence}", err=True)
        raise typer.Exit(1) from error


def print_json(value: object, *, indent: int = 2) -> None:
    """Print a value as JSON; bytes in base64."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=indent))


def _sentences(error: Exception) -> Sequence[str]:
    match error:
        case ValidationError():
            return [f"{sentence}; see `twinlist settings`" for sentence in explain(error)]
        case ModuleNotFoundError():
            module = (error.name or "").partition(".")[0]
            extra = _EXTRAS.get(module, "")
            return [
                f"the Python module {module} is not installed: run `pip install 'twinlist{extra}'`,"
                f" or in a checkout `pip install --constraint requirements.lock '.{extra}'`"
            ]
        case OSError() if error.filename is not None and error.strerror is not None:
            return [f"{error.filename}: {error.strerror}"]
        case _:
            return [str(error)]
