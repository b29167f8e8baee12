import json
import re
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from stream.demo.sample import PairLabel
from stream.domain.policy import Policy, Thresholds
from stream.training.data import read_manifest
from stream.training.evaluate import Evaluation, Questions, evaluate
from stream.training.evaluation.ablation import Ablation
from stream.training.evaluation.cases import PairLabels
from stream.training.evaluation.page import render_page, write_page
from stream.training.evaluation.tables import (
    draw_grids,
    print_report,
    say_interval,
    say_rate,
)
from stream.training.evaluation.worst_pairs import WORST, worst_pairs
from stream.training.metrics import Figures
from tests.support.memory_models import MemoryModels
from tests.unit.training.test_calibrate import decode

# Surer than the light models ever are: every duplicate is missed.
POLICY = Policy(
    policy_version="test",
    model_version="light-1",
    thresholds=Thresholds(1.0),
    same_photos_similarity=0.99,
    near_miss_floor=0.1,
)


async def measure(manifest_path: Path, questions: Questions | None = None) -> Evaluation:
    return await evaluate(
        read_manifest(manifest_path), MemoryModels(), decode, POLICY, questions or Questions()
    )


async def test_the_least_probable_duplicates_are_the_worst_misses(manifest_path: Path) -> None:
    missed = worst_pairs(await measure(manifest_path), is_same=True)
    chances = [one.probability for one in missed]

    assert len(missed) == 6
    assert all(one.listings[0].item_id == one.listings[1].item_id for one in missed)
    assert chances == sorted(chances, key=lambda chance: chance or 0.0)


async def test_the_most_probable_others_are_the_worst_false_alarms(manifest_path: Path) -> None:
    measured = await measure(manifest_path)
    false = worst_pairs(measured, is_same=False)
    chances = [one.probability for one in false]
    known = measured.pairs.is_verified & measured.pairs.is_certain & ~measured.pairs.is_same

    assert len(false) == WORST
    assert chances == sorted(measured.pairs.probability[known].tolist(), reverse=True)[:WORST]


async def test_the_page_needs_nothing_but_itself(manifest_path: Path, tmp_path: Path) -> None:
    write_page(await measure(manifest_path, Questions(base_rate=0.1)), tmp_path / "new" / "p.html")
    page = (tmp_path / "new" / "p.html").read_text()

    assert page.startswith("<!doctype html>")
    assert "<script" not in page
    assert not re.search(r'(?:href|src)="(?!#|data:)', page)
    assert page.count("<article") == 6 + WORST
    assert "precision, one twin in 10" in page


@pytest.fixture
def bold_manifest(manifest_path: Path) -> Path:
    """The first listing has markup for a name."""
    lines = [json.loads(line) for line in manifest_path.read_text().splitlines()]
    lines[0]["listing_id"] = "<b>bold</b>"
    manifest_path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return manifest_path


async def test_names_from_a_manifest_are_text(bold_manifest: Path) -> None:
    page = render_page(await measure(bold_manifest))

    assert "<b>bold</b>" not in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page


async def test_tables_say_what_was_asked(
    manifest_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = PairLabels(
        pairs=(PairLabel("listing-0-0", "listing-0-1", "moved", "same_item", 20.0),)
    )
    questions = Questions(
        base_rate=0.1, labels=labels, ablations=(Ablation.ONE_PHOTO, Ablation.NO_VERIFIER)
    )
    print_report((await measure(manifest_path, questions)).report, Console(width=120))
    printed = capsys.readouterr().out

    for said in (
        "drawn: 18 listings",
        "verified, thinned",
        "one twin in 10 stays",
        "one-photo",
        "no-verifier",
        "moved",
        "15 to 45 degrees",
        "12 items",
        "0 of 6",
    ):
        assert said in printed
    assert "edited photos" not in printed


async def test_figures_stand_under_their_names(manifest_path: Path) -> None:
    questions = Questions(base_rate=0.1, ablations=(Ablation.ONE_PHOTO,))
    report = (await measure(manifest_path, questions)).report
    # Figures that differ from each other, so that none can stand for another.
    first = Figures(0.11, 0.12, 0.13, 0.14, 0.15, 0.16)
    second = Figures(0.21, 0.22, 0.23, 0.24, 0.25, 0.26)
    changed = msgspec.structs.replace(report, embedding=first, verified=second)
    rankings, *others = draw_grids(changed)
    ablations = next(grid for grid in others if grid.columns[0] == "taken away")

    assert rankings.columns[1:3] == ("embedding", "verified")
    assert [row[0] for row in rankings.rows] == [
        *("uAP", "R@1", "R@10", "R@50", "R at P .90", "R at P .95")
    ]
    assert [row[1][:4] for row in rankings.rows] == [f".{at}0" for at in range(11, 17)]
    assert [row[2][:4] for row in rankings.rows] == [f".{at}0" for at in range(21, 27)]
    assert ablations.columns[1:] == ("embedding uAP", "R@1", "verified uAP", "R@1", "R at P .95")
    assert ablations.rows[0] == ("nothing", ".110", ".120", ".210", ".220", ".260")


@pytest.mark.parametrize(
    ("rate", "said"), [(0.7312, ".731"), (1.0, "1.000"), (0.0, ".000"), (float("nan"), "none")]
)
def test_rates(rate: float, said: str) -> None:
    assert say_rate(rate) == said


def test_intervals() -> None:
    assert say_interval((0.601, 1.0)) == "(.60-1.00)"
    assert say_interval((float("nan"), float("nan"))) == ""
