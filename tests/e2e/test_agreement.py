"""The stream, on real Kafka, says what `twinlist evaluate` says of the same listings."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from stream.demo.report import Report
from stream.demo.sample import SCENES, ListingPair
from stream.domain.alert import Alert, AlertState, decode_alert, in_pair_order
from tests.support.kafka import KafkaServer

MANIFEST = SCENES / "listings.jsonl"
BATCHING = 0.001  # probabilities this close to their threshold may fall on either side


@pytest.mark.long
async def test_open_pairs_are_those_that_evaluate_lists(
    kafka_server: KafkaServer, tmp_path: Path
) -> None:
    report, pairs = tmp_path / "report.json", tmp_path / "pairs.jsonl"
    _twinlist("evaluate", MANIFEST, "--out", report, "--pairs", pairs)
    listed = [msgspec.json.decode(line) for line in pairs.read_bytes().splitlines()]
    expected = {in_pair_order(*pair["listings"]) for pair in listed}
    uncertain = {
        in_pair_order(*pair["listings"])
        for pair in listed
        if pair["probability"] - pair["threshold"] < BATCHING
    }
    assert expected - uncertain, "a comparison of nothing proves nothing"

    out = tmp_path / "demo"
    _twinlist(
        *("demo", "--manifest", MANIFEST, "--out", out),
        *("--broker", kafka_server.address, "--rate", "10"),
    )
    played = msgspec.json.decode((out / "report.json").read_bytes(), type=Report)
    assert played.is_complete
    assert not played.dead_letters
    assert expected - uncertain <= _open_pairs(out / "alerts.jsonl") <= expected | uncertain


def _open_pairs(file: Path) -> set[ListingPair]:
    newest: dict[str, Alert] = {}
    for line in file.read_bytes().splitlines():
        alert = decode_alert(line).data
        if alert.pair_id not in newest or newest[alert.pair_id].revision < alert.revision:
            newest[alert.pair_id] = alert
    return {
        (alert.listings[0].listing_id, alert.listings[1].listing_id)
        for alert in newest.values()
        if alert.state is not AlertState.RETRACTED
    }


def _twinlist(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stream.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
