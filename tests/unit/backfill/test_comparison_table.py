"""A comparison as people read it."""

import io

from rich.console import Console

from stream.backfill.compare import Comparison
from stream.backfill.comparison_table import print_comparison
from stream.backfill.differences import Difference, Open, Reason


def printed(*differences: Difference) -> str:
    found = Comparison(shadow="march", range="0..9", same=4, differences=differences)
    screen = io.StringIO()
    print_comparison(found, Console(file=screen, width=120))
    return screen.getvalue()


def difference(number: int) -> Difference:
    return Difference(
        pair_id=f"pair-{number}",
        listings=(f"[b]{number}", "other"),
        open=Open.ONLY_LIVE,
        reason=Reason.NEAR_MISS,
        detail="0.4 in the shadow, where 0.5 is wanted",
        live_probability=0.8,
        shadow_probability=None,
    )


def test_without_a_difference_one_line_says_so() -> None:
    assert printed() == (
        "4 open pairs are the same live and in the shadow march (0..9), 0 differ\n"
    )


def test_differences_are_counted_by_reason_with_some_examples() -> None:
    text = printed(*map(difference, range(5)))
    [row] = [line for line in text.splitlines() if line.startswith("│")]
    assert [cell.strip() for cell in row.strip("│").split("│")] == [Reason.NEAR_MISS, "5", "", ""]
    assert "  [b]0 other  only live  pair-0" in text
    assert "0.4 in the shadow, where 0.5 is wanted; 0.8000 live, nothing there" in text
    assert "pair-2" in text
    assert "pair-3" not in text
    assert "… and 2 more: --json names all" in text
