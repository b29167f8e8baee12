"""What `twinlist rollout` says on a terminal."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stream.adapters.kafka.group import GroupLag
from stream.adapters.kafka.live_lag import LiveLag
from stream.adapters.kafka.worker import client_id_of, model_version_of
from stream.cli import app
from stream.cli_rollout import _print_diff, _print_status, _Told
from stream.domain.control import Phase, Rollout
from stream.pipeline.redecide import Outcome
from stream.rollout.diff import summarise
from stream.rollout.follow import Followed
from stream.rollout.record import ledger_of, rollout_settings
from stream.rollout.refill import Missing
from stream.rollout.status import RolloutStatus, Status
from stream.settings import Settings
from tests.support.listings import policy
from tests.unit.rollout.test_diff import pair

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROLLOUT = Rollout(policy=policy(), started_at=NOON)


def test_a_policy_that_is_no_file_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["rollout", "start", str(tmp_path / "nothing.json")])
    assert done.exit_code == 1
    assert "nothing.json cannot be read: No such file or directory" in done.stderr
    assert "`twinlist rollout start POLICY` takes the file" in done.stderr
    assert "TWINLIST_POLICY_FILE" not in done.stderr


def test_status_says_what_is_in_use_and_how_far_the_new_model_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    under_way = RolloutStatus(
        model_version="m2",
        policy_version="p2",
        phase=Phase.FOLLOWING,
        started_at=NOON,
        processes=2,
        events_done=900,
        events_behind=7200,
        events_per_second=1.0,
        seconds_left=7200,
        listings_missing=4,
    )
    status = Status(
        model_version="m1",
        policy_version="p1",
        workers={"m1": 3},
        kept_model_version=None,
        rollout=under_way,
    )
    _print_status(status)
    assert capsys.readouterr().out.splitlines() == [
        "in use: model m1, policy p1",
        "workers: 3 with model m1",
        "rollout: model m2, policy p2, following since 2026-03-01 12:00:00Z",
        "filled by: 2 processes",
        "events: 900 done, 7200 behind, 1 a second, 2.0 h left",
        "listings missing in the new index: 4",
    ]


def test_a_difference_is_a_table_and_a_line_of_totals(capsys: pytest.CaptureFixture[str]) -> None:
    _print_diff(summarise(ROLLOUT, [pair(1, Outcome.RAISED), pair(2, Outcome.RETRACTED)]))
    text = capsys.readouterr().out
    assert "0.5 to 0.6" in text
    assert text.endswith("model m1, policy p1: 1 new, 1 gone, 0 changed, 0 same, 0 unknown\n")
    _print_diff(summarise(ROLLOUT, []))
    assert "probability" not in capsys.readouterr().out


def followed(behind: int, missing: int | None = None) -> Followed:
    lag = GroupLag(done=0, behind=behind, partitions=1)
    return Followed(lag, LiveLag(), None if missing is None else Missing(missing), False)


def test_progress_is_told_at_once_and_then_not_at_every_look(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = _Told()
    told.show(followed(5))
    told.show(followed(4))
    assert capsys.readouterr().err == "twinlist: 5 events behind, 0 events/s\n"
    for count in (12, 11):
        told.tell(f"waiting for {count} events to come into the new index")
    assert capsys.readouterr().err.count("waiting for") == 1
    _Told().show(followed(0, missing=2))
    assert "2 listings are missing, their photos cannot be had" in capsys.readouterr().err


def test_each_rollout_has_a_group_of_its_own_and_each_model_one_ledger() -> None:
    settings = Settings()
    own = rollout_settings(settings, ROLLOUT, share=0.25)
    assert own.kafka.group == "twinlist-rollout-m1-20260301120000"
    assert own.photos.concurrency == settings.photos.concurrency // 4
    assert ledger_of("m1") != ledger_of("m2")


@pytest.mark.parametrize("model_version", ["2-5c3c243a", "m1"])
def test_a_members_client_id_tells_its_model(model_version: str) -> None:
    assert model_version_of(client_id_of(model_version)) == model_version
    assert model_version_of("twinlist") is None
    assert model_version_of("somebody-else") is None
