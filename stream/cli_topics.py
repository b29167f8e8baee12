"""The commands `twinlist topics …`."""

import asyncio
from typing import Annotated

import typer

from stream.cli_frame import Json, Verbose, frame, print_json
from stream.settings import Settings

topics = typer.Typer(help="The Kafka topics.", no_args_is_help=True)

_DIFFERS_STATUS = 3


@topics.command("create")
def create_topics(
    partitions: Annotated[int, typer.Option(help="Partitions of each topic.", min=1)] = 12,
    replication: Annotated[int, typer.Option(help="Replicas of each topic.", min=1)] = 3,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Create the topics that are missing; say which exist and what differs.

    Ends with status 3 when a topic that exists differs from what is wanted: it is left as it is.
    """
    with frame(is_verbose=verbose):
        from stream.adapters.kafka import topics as kafka

        created = kafka.create_topics(
            Settings().kafka, partitions=partitions, replication=replication
        )
        reports = asyncio.run(created)
    if as_json:
        print_json(reports)
    else:
        for report in reports:
            typer.echo("; ".join((f"{report.name}: {report.state}", *report.differences)))
    if different := [one.name for one in reports if one.state is kafka.TopicState.DIFFERS]:
        typer.echo(
            f"twinlist: left as they are: {', '.join(different)}; alter them with your Kafka's "
            "tools, or go on if the difference is meant",
            err=True,
        )
        raise typer.Exit(_DIFFERS_STATUS)
