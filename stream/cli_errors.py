"""What a command says when it fails: one clear sentence, and a non-zero exit."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from pydantic import ValidationError

from stream.domain.errors import TwinlistError


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn an error of our own into one clear sentence and a non-zero exit."""
    try:
        yield
    except TwinlistError as error:
        typer.echo(f"twinlist: {error}", err=True)
        raise typer.Exit(1) from error
    except ModuleNotFoundError as error:
        typer.echo(f"twinlist: {error}; install twinlist[train] for this", err=True)
        raise typer.Exit(1) from error
    except OSError as error:
        typer.echo(f"twinlist: {error}", err=True)
        raise typer.Exit(1) from error
    except ValidationError as error:
        for one in error.errors():
            variable = "TWINLIST_" + "__".join(map(str, one["loc"])).upper()
            typer.echo(f"twinlist: {variable}: {one['msg']}; see `twinlist settings`", err=True)
        raise typer.Exit(1) from error
