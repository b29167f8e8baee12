"""`twinlist demo`, as a newcomer runs it."""

import subprocess
import sys
from pathlib import Path

import msgspec

from stream.demo.report import Report
from stream.demo.sample import SCENES, read_scenes
from stream.domain.alert import decode_alert

EXPECTED = msgspec.json.decode((SCENES / "expected.json").read_bytes())


def test_the_demo_runs_on_embedded_parts_and_accounts_for_every_event(tmp_path: Path) -> None:
    demo = subprocess.run(
        [sys.executable, "-m", "stream.cli", "demo", "--out", tmp_path, "--rate", "10"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert demo.returncode == 0, demo.stderr
    report = msgspec.json.decode((tmp_path / "report.json").read_bytes(), type=Report)
    sample = read_scenes()
    assert report.events == len(sample.events)
    assert report.dead_letters == len(EXPECTED["dead_letters"])
    assert report.is_complete
    assert report.expected_pairs == len(EXPECTED["pairs"])
    for letter in EXPECTED["dead_letters"]:
        assert letter["key"] in demo.stdout

    alerts = [
        decode_alert(line).data for line in (tmp_path / "alerts.jsonl").read_bytes().splitlines()
    ]
    pairs = {tuple(listing.listing_id for listing in alert.listings) for alert in alerts}
    copies = {
        (pair["left"], pair["right"])
        for pair in EXPECTED["pairs"]
        if pair["case"] in {"plain_copy", "edited_copy"}
    }
    assert copies <= pairs, "what is copied must be found by any model"
    page = (tmp_path / "report.html").read_text()
    assert "<script" not in page
    assert page.count("data:image/jpeg;base64,") >= 2 * len(copies)


def test_a_part_that_does_not_answer_is_named_and_the_demo_fails(tmp_path: Path) -> None:
    demo = subprocess.run(
        [
            *(sys.executable, "-m", "stream.cli", "demo", "--out", tmp_path),
            *("--broker", "127.0.0.1:1"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert demo.returncode != 0
    assert "127.0.0.1:1" in demo.stderr
    assert "Traceback" not in demo.stderr
