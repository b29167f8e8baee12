"""The page: the figures, the plots, then a card for each pair."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest

from stream.demo.page.cards import draw_card
from stream.demo.page.case_table import draw_case_table
from stream.demo.page.markup import Markup, element
from stream.demo.page.plots import plot_latencies, plot_precision_recall, plot_probabilities
from stream.demo.page.sheet import render_sheet
from stream.demo.page.thumbnails import define, read_album
from stream.demo.report import EventTiming, PairResult, Report
from stream.demo.sample import ListingPair, Sample

_CARDS_LIMIT = 200
_LEGEND = (
    "Coloured lines join photos that speak for a pair: the thicker, the more similar. Boxes with "
    "one number are regions that match. Dotted lines are other photos that were compared. Degrees "
    "say how far the closest two cameras were apart, around the item."
)
_VERDICTS = ("found", "false", "missed")


def render_page(
    sample: Sample,
    report: Report,
    results: Sequence[PairResult],
    timings: Sequence[EventTiming],
) -> str:
    """Return the page. Everything from an event or a manifest is text in it, never markup."""
    name = f"Twinlist: {sample.name}"
    return render_sheet(
        name,
        element("header", element("h1", name), _say_run(report), _figures(report)),
        element(
            "section",
            plot_probabilities(results),
            plot_precision_recall(results),
            plot_latencies(timings, report.latency_seconds),
            class_="plots",
        ),
        *([draw_case_table(report.cases)] if any(one.case for one in report.cases) else []),
        *_pairs(sample, results),
    )


def choose_cards(results: Sequence[PairResult], limit: int = _CARDS_LIMIT) -> list[PairResult]:
    """Choose what is shown: found, false, then missed; of each as many as of the others if it can.

    A manifest with a thousand pairs missed must still show what a found one looks like.
    """
    groups = [[one for one in results if one.verdict == verdict] for verdict in _VERDICTS]
    in_turn = [one for one in chain.from_iterable(zip_longest(*groups)) if one is not None]
    return sorted(in_turn[:limit], key=lambda one: _VERDICTS.index(one.verdict))


def _say_run(report: Report) -> Markup:
    return element(
        "p",
        f"{report.events} events were played through the real pipeline: {report.processed} "
        f"processed, {report.dead_letters} set aside as dead letters, "
        f"{report.meant_dead_letters} of which were meant to be. {_say_traps(report)}"
        f"An alert needs a probability of {report.threshold:.3f}. Model ",
        element("code", report.model_version),
        ", policy ",
        element("code", report.policy_version),
        ".",
        class_="run",
    )


def _say_traps(report: Report) -> str:
    traps = f"{report.traps_avoided} of {report.traps} traps were avoided. "
    ended = (
        f"Of {report.ended_pairs} pairs that an update or a delete ended, "
        f"{report.retracted_pairs} were retracted. "
    )
    return traps * bool(report.traps) + ended * bool(report.ended_pairs)


def _figures(report: Report) -> Markup:
    missed = report.expected_pairs - report.correct_pairs
    latency = report.latency_seconds
    way = "event to alert" + ", with waiting in the queue" * report.is_saturated
    return element(
        "ul",
        _figure(
            "found",
            f"{report.correct_pairs} of {report.expected_pairs}",
            "pairs found",
            f"recall {_percent(report.recall)}",
        ),
        _figure("missed", str(missed), "missed", "no alert stands"),
        _figure(
            "false",
            str(report.found_pairs - report.correct_pairs),
            "false alerts",
            f"precision {_percent(report.precision)}",
        ),
        _figure("speed", f"{latency.median:.2f} s", "median latency", way),
        _figure("speed", f"{latency.p99:.2f} s", "99th percentile", way),
        _figure(
            "speed",
            f"{report.listings_per_second:.1f}",
            "listings a second",
            f"of {report.events_per_second:g} sent",
        ),
        class_="figures",
    )


def _figure(kind: str, value: str, name: str, note: str) -> Markup:
    return element(
        "li", element("b", value), element("span", name), element("small", note), class_=kind
    )


def _percent(rate: float | None) -> str:
    return "\N{EN DASH}" if rate is None else f"{rate:.0%}"


def _pairs(sample: Sample, results: Sequence[PairResult]) -> list[Markup]:
    """Return the choice of what to see, which the style acts on without a script, and the cards."""
    shown = choose_cards(results)
    files = [tuple(sample.photos.get(listing, ()) for listing in one.pair) for one in shown]
    album = read_album(chain.from_iterable(chain.from_iterable(files)))
    count = {verdict: sum(one.verdict == verdict for one in results) for verdict in _VERDICTS}
    choices = {
        "all": "Found, false, missed",
        "problems": "False and missed first",
        **{verdict: f"Only {verdict} ({count[verdict]})" for verdict in _VERDICTS},
    }
    cards = {
        one.pair: draw_card(one, (left, right), sample.facts, album)
        for one, (left, right) in zip(shown, files, strict=True)
    }
    left_out = len(results) - len(shown)
    return [
        element("h2", "Pairs"),
        *chain.from_iterable(
            (
                element(
                    "input",
                    type="radio",
                    name="show",
                    id=f"show-{name}",
                    checked="" if name == "all" else None,
                    disabled="" if count.get(name) == 0 else None,
                ),
                element("label", label, for_=f"show-{name}"),
            )
            for name, label in choices.items()
        ),
        element("p", _LEGEND, class_="note"),
        define(album),
        element(
            "main",
            *(cards[one.pair] for one in shown if one.verdict != "missed"),
            *_fold([one for one in shown if one.verdict == "missed"], cards),
        ),
        *([element("p", f"{left_out} more pairs are left out here.")] if left_out else []),
    ]


def _fold(missed: Sequence[PairResult], cards: Mapping[ListingPair, Markup]) -> Iterator[Markup]:
    """Put the cards of each case behind one line that opens them."""
    by_case: defaultdict[str, list[Markup]] = defaultdict(list)
    for one in missed:
        by_case[one.case].append(cards[one.pair])
    for case, folded in sorted(by_case.items(), key=lambda item: -len(item[1])):
        name = case.replace("_", " ") or "no case"
        yield element(
            "details",
            element("summary", element("b", name), f": {len(folded)} missed"),
            *folded,
            class_="missed",
        )
