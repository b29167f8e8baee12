from pathlib import Path

import msgspec

from stream.training.curves import Progress, render_curves, write_curves


def epoch(number: int) -> Progress:
    return Progress(number, 90.0, {"set": 1 / number, "photos": 0.5}, 0.1 * number, 0.5, 0.2, 0.6)


def test_a_run_is_drawn_with_each_loss_and_what_it_gives_on_listings_it_does_not_see() -> None:
    page = render_curves([epoch(1), epoch(2), epoch(3)])

    assert page.count("<svg") == 6
    assert "In training, set: loss" in page
    assert "0.100 at first, 0.300 in the end." in page


def test_a_single_epoch_is_drawn(tmp_path: Path) -> None:
    log = tmp_path / "fine_tune.jsonl"
    log.write_bytes(msgspec.json.encode(epoch(1)) + b"\n")

    write_curves(log, tmp_path / "fine_tune.html")

    assert "training up to epoch 1" in (tmp_path / "fine_tune.html").read_text()
