"""What a person sees of a demo: what it waits for, alerts as they come, and the outcome.

On a terminal a spinner and bars move; elsewhere plain lines say the same, without control codes.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from stream.adapters.kafka.dead_letters import DeadLetter
from stream.demo.report import Judgement, PairResult, Report
from stream.demo.watch import Watched
from stream.domain.alert import Alert, AlertState
from stream.settings import QdrantSettings

_STYLES = {AlertState.RAISED: "green", AlertState.UPDATED: "cyan", AlertState.RETRACTED: "yellow"}
_LISTED = 10
_REST_PORT = 6333
"""Qdrant's default beside that of gRPC, which settings name."""
_DASH = "\N{EN DASH}"
_ENDINGS = {"update_replaces_photos": "photos replaced"}
"""What ended a pair, where the name of its case is no plain phrase."""


class Screen:
    """Writes to a console, a terminal or not."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def stage(self, doing: str) -> Iterator[None]:
        """Say what is being waited for until the context is left, and how long that took."""
        start = time.monotonic()
        if not self._console.is_terminal:
            self.tell(doing)
        with self._console.status(Text(doing), spinner=self._spinner):
            yield
        if self._console.is_terminal:
            self.tell(f"{doing:32} {time.monotonic() - start:5.1f} s", style="dim")

    @contextmanager
    def bars(self, events: int) -> Iterator["Bars"]:
        """Show how many events are sent and done."""
        progress = Progress(
            TextColumn("{task.description:22}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        with progress:
            yield Bars(self, progress, events)

    def tell(self, line: str, style: str = "") -> None:
        """Print a line as it is: what comes from an event may hold anything."""
        plain = "".join(one if one.isprintable() else " " for one in line)
        self._console.print(Text(plain, style), soft_wrap=True)

    def tell_alert(self, alert: Alert, judgement: Judgement) -> None:
        """Print an alert, and whether it is right."""
        left, right = (listing.listing_id for listing in alert.listings)
        says = _say_retracted if alert.state is AlertState.RETRACTED else _say_open
        mark = ("\u2713 " if judgement.is_right else "\u2717 ") * self._is_unicode
        self.tell(
            f"{alert.state:11}  {left} = {right}  {says(alert, judgement, mark)}",
            _STYLES[alert.state] if judgement.is_right else "red",
        )

    def tell_dead_letter(self, letter: DeadLetter, *, is_meant: bool) -> None:
        """Print a dead letter: where its event lies; one not meant with what its sender is told."""
        origin = letter.origin
        place = [f"partition {origin.partition}, offset {origin.offset}"] if origin else []
        key = [f"key {letter.key.decode(errors='replace')}"] if letter.key else []
        named = ", ".join([*place, *key])
        reason = _words(origin.reason) if origin is not None else "unknown reason"
        if is_meant:
            self.tell(f"dead letter  {named}: {reason}, as meant", "dim")
        else:
            error = origin.error if origin is not None else letter.summary
            self.tell(f"dead letter  {named}: {reason}: {error}", "red")

    def tell_left_topics(self, broker: str, topics: Sequence[str]) -> None:
        """Say which topics are left on a broker that is not our own, and how to remove them."""
        self.tell(f"left on {broker}: the topics {', '.join(topics)}")
        self.tell(
            f"remove them with: kafka-topics.sh --bootstrap-server {broker} --delete "
            f"--topic '{'|'.join(topics)}'"
        )

    def tell_left_collections(self, settings: QdrantSettings, names: Sequence[str]) -> None:
        """Say which collections are left on a Qdrant of others, and how to remove them."""
        url = urlsplit(settings.url)
        key = ' -H "api-key: $TWINLIST_QDRANT__API_KEY"' if settings.api_key else ""
        self.tell(f"left on {settings.url}: the collections {', '.join(names)}")
        self.tell(
            f"remove them with: for name in {' '.join(names)}; do curl -X DELETE{key} "
            f"{url.scheme}://{url.hostname}:{_REST_PORT}/collections/$name; done"
        )

    def close(self, report: Report, results: Sequence[PairResult], folder: Path) -> None:
        """Print the outcome."""
        self._console.print()
        if any(one.case for one in report.cases):
            self._console.print(_case_table(report))
        false = [one for one in results if one.verdict == "false"]
        for one in false[:_LISTED]:
            self.tell(f"false alert  {' = '.join(one.pair)}  {_words(one.case)}", "red")
        if len(false) > _LISTED:
            self.tell(f"and {len(false) - _LISTED} more false alerts, in the report")
        figures = Table.grid(padding=(0, 2))
        for name, figure in _figures(report, folder):
            figures.add_row(
                Text(name, "bold"), Text(figure if self._is_unicode else figure.replace(_DASH, "-"))
            )
        self._console.print(figures)

    @property
    def _spinner(self) -> str:
        return "dots" if self._is_unicode else "line"

    @property
    def _is_unicode(self) -> bool:
        return self._console.encoding.startswith("utf")


class Bars:
    """How far the events are."""

    def __init__(self, screen: Screen, progress: Progress, events: int) -> None:
        self._screen = screen
        self._progress = progress
        self._events = events
        self._sent = progress.add_task("sent", total=events)
        self._done = progress.add_task("processed", total=events)
        self._waits = False

    def show(self, watched: Watched) -> None:
        """Bring them up to date; once all is sent, say how many events are waited for."""
        sent, done = len(watched.emitted), len(watched.done)
        self._progress.update(self._sent, completed=sent)
        self._progress.update(self._done, completed=done)
        if sent == self._events and done < sent:
            waiting = f"waiting for the last {sent - done}"
            self._progress.update(self._done, description=waiting)
            if not self._waits and self._progress.disable:
                self._screen.tell(waiting)
            self._waits = True


def _case_table(report: Report) -> Table:
    table = Table("case", title="Pairs by case", title_justify="left", title_style="bold")
    columns = {"found": "green", "missed": "yellow", "false": "red", "avoided": "dim"}
    for name, style in columns.items():
        table.add_column(name, justify="right", style=style)
    for one in report.cases:
        numbers = (getattr(one, name) for name in columns)
        table.add_row(_words(one.case) or "none", *(str(number or "") for number in numbers))
    return table


def _figures(report: Report, folder: Path) -> Iterator[tuple[str, str]]:
    unmeant = report.dead_letters - report.meant_dead_letters
    yield (
        "events",
        f"{report.events}: {report.processed} processed, {report.dead_letters} dead letters "
        f"({report.meant_dead_letters} meant, {unmeant} not)",
    )
    yield (
        "pairs",
        f"{report.correct_pairs} of {report.expected_pairs} found (recall "
        f"{_percent(report.recall)}), {report.found_pairs - report.correct_pairs} false "
        f"(precision {_percent(report.precision)})",
    )
    if not report.found_pairs:
        yield "", "no pair reached the threshold, so no alert stands"
    if report.traps:
        yield "traps", f"{report.traps_avoided} of {report.traps} avoided"
    if report.ended_pairs:
        yield (
            "retracted",
            f"{report.retracted_pairs} of {report.ended_pairs} that an update or a delete ended",
        )
    yield (
        "threshold",
        f"{report.threshold:.3f} (policy {report.policy_version}, model {report.model_version})",
    )
    latency = report.latency_seconds
    yield "latency", f"{latency.median:.2f} s median, {latency.p99:.2f} s p99, from event to alert"
    yield (
        "throughput",
        f"{report.listings_per_second:.1f} listings/s of {report.events_per_second:g} sent; "
        + (
            "this machine is full: the latency includes waiting in the queue, and a lower --rate "
            "shows it alone"
            if report.is_saturated
            else "a higher --rate shows what this machine can do"
        ),
    )
    yield "report", str(folder / "report.html")


def _say_open(alert: Alert, judgement: Judgement, mark: str) -> str:
    case = f" ({_words(judgement.because)})" if judgement.because else ""
    return (
        f"{alert.probability:.2f} ({alert.threshold:.2f} needed), {_words(alert.kind)}, "
        f"{_words(alert.relation)}: {mark}{'right' if judgement.is_right else f'false{case}'}"
    )


def _say_retracted(_: Alert, judgement: Judgement, mark: str) -> str:
    because = _ENDINGS.get(judgement.because, _words(judgement.because))
    why = f"{because}: " if because else ""
    return f"{why}{mark}{'as meant' if judgement.is_right else 'false, it is still a pair'}"


def _percent(rate: float | None) -> str:
    return _DASH if rate is None else f"{rate:.0%}"


def _words(name: str) -> str:
    return name.replace("_", " ")
