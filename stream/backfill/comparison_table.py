"""A comparison for people: how many pairs differ for which reason, with examples of each."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stream.backfill.compare import Comparison
from stream.backfill.differences import Difference, Open, Reason

_EXAMPLES = 3


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print a table by reason, then some pairs of each reason."""
    differing = comparison.differences
    console.print(
        f"{comparison.same} open pairs are the same live and in the shadow "
        f"{escape(comparison.shadow)} ({comparison.range}), {len(differing)} differ",
        highlight=False,
    )
    if not differing:
        return
    counts = Counter((one.reason, one.open) for one in differing)
    table = Table("why", *Open)
    for reason in Reason:
        row = [counts[reason, place] for place in Open]
        if any(row):
            table.add_row(reason, *(str(count or "") for count in row))
    console.print(table)
    examples: defaultdict[Reason, list[Difference]] = defaultdict(list)
    for one in differing:
        examples[one.reason].append(one)
    for reason in Reason:
        _print_examples(reason, examples[reason], console)


def _print_examples(reason: Reason, found: Sequence[Difference], console: Console) -> None:
    if not found:
        return
    console.print(f"\n[bold]{reason}[/bold]", highlight=False)
    for one in found[:_EXAMPLES]:
        listings = " ".join(map(escape, one.listings))
        probabilities = f"{_told(one.live_probability)} live, {_told(one.shadow_probability)} there"
        console.print(f"  {listings}  {one.open}  {one.pair_id}", highlight=False, soft_wrap=True)
        console.print(f"    {escape(one.detail)}; {probabilities}", highlight=False, soft_wrap=True)
    if len(found) > _EXAMPLES:
        console.print(f"  … and {len(found) - _EXAMPLES} more: --json names all", highlight=False)


def _told(probability: float | None) -> str:
    return f"{probability:.4f}" if probability is not None else "nothing"
