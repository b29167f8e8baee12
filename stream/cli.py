"""The command `twinlist`."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from stream import app as composition
from stream.domain.errors import TwinlistError
from stream.observability.logging import configure_logging
from stream.settings import Settings

app = typer.Typer(
    name="twinlist",
    help="Finds duplicate marketplace listings by their photo sets, while they are posted.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals hold secrets
)


@app.command()
def worker() -> None:
    """Consume listing events and verdicts, publish duplicate alerts."""
    settings = Settings()
    configure_logging(settings.log_format, settings.log_level)
    _run(composition.work(settings))


def _run(main: Coroutine[Any, Any, None]) -> None:
    """Run to the end; an error of our own is one clear sentence and a non-zero exit."""
    try:
        asyncio.run(main)
    except TwinlistError as error:
        typer.echo(f"twinlist: {error}", err=True)
        raise typer.Exit(1) from error


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
