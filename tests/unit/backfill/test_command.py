"""`twinlist backfill`, as somebody types it and reads it."""

import json
from collections.abc import Callable

import msgspec
import pytest
from typer.testing import CliRunner

from stream import cli_backfill
from stream.adapters.kafka.backfill_record import Tally
from stream.backfill.compare import Comparison
from stream.backfill.dry_run import DryRun
from stream.backfill.estimate import Estimate
from stream.backfill.into import IntoOptions
from stream.backfill.run import BackfillOptions, BackfillReport
from stream.cli import app

FOUND = Estimate(
    events=9,
    to_do=4,
    skipped=4,
    dead_letters=1,
    photos_to_fetch=12,
    photos_to_encode=10,
    photos_per_second=8.0,
    seconds=9000,
    index_bytes=2_500_000,
)


@pytest.fixture(autouse=True)
def _as_nice_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_backfill, "leave_processor_to_others", lambda: None)


def _returning(value: object) -> Callable[..., object]:
    async def run(_settings: object, _options: BackfillOptions, _show: object) -> object:
        return value

    return run


def _report(*, is_done: bool, done: int, done_before: int) -> BackfillReport:
    return BackfillReport(
        range="earliest..latest",
        group="g",
        is_done=is_done,
        events=9,
        done=done,
        done_before=done_before,
        tally=Tally(processed=3, stale=1, repeated=2, dead_letters=1, pairs_found=4, alerts=5),
        seconds=1.0,
    )


def test_a_range_that_is_none_is_refused_in_one_sentence() -> None:
    refused = CliRunner().invoke(app, ["backfill", "--from", "yesterday"])
    assert refused.exit_code == 1
    [line] = refused.stderr.splitlines()
    assert line.startswith("twinlist: 'yesterday' is no end of a range: write earliest, latest,")


def test_a_report_counts_what_became_of_the_events(monkeypatch: pytest.MonkeyPatch) -> None:
    report = _report(is_done=True, done=9, done_before=0)
    monkeypatch.setattr("stream.backfill.run.backfill", _returning(report))
    done = CliRunner().invoke(app, ["backfill"])
    assert done.exit_code == 0
    assert [line.split(maxsplit=1) for line in done.stdout.splitlines()] == [
        ["9", "of 9 offsets in earliest..latest are done"],
        ["3", "events processed"],
        ["1", "skipped as stale"],
        ["2", "skipped because they were done before"],
        ["1", "dead letters"],
        ["4", "pairs found"],
        ["5", "alerts sent"],
    ]


@pytest.mark.parametrize(
    ("report", "status", "said"),
    [
        (_report(is_done=False, done=7, done_before=0), 130, "the same command goes on from here"),
        (_report(is_done=True, done=9, done_before=9), 0, "was replayed before; --run NAME"),
    ],
)
def test_what_is_left_and_what_was_done_before_is_said_so(
    report: BackfillReport, status: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.backfill.run.backfill", _returning(report))
    done = CliRunner().invoke(app, ["backfill"])
    assert done.exit_code == status
    assert said in done.stderr


def test_a_dry_run_tells_amounts_in_units_that_people_read(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = DryRun(range="0..9", group="g", done_before=0, estimate=FOUND)
    monkeypatch.setattr("stream.backfill.dry_run.dry_run", _returning(tried))
    said = CliRunner().invoke(app, ["backfill", "--dry-run"]).stdout
    assert "2.5 h  at that rate" in said
    assert "2.5 MB  more in the index" in said
    assert "10  photos to encode at most; Triton encodes 8 a second now" in said


def test_what_a_quiet_backfill_leaves_to_live_workers_is_one_line_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = "         7  more are left to live workers, who have not done them yet and will alert"
    done = msgspec.structs.replace(_report(is_done=True, done=9, done_before=0), left_to_live=7)
    monkeypatch.setattr("stream.backfill.run.backfill", _returning(done))
    said = CliRunner().invoke(app, ["backfill", "--alerts", "none"])
    assert said.stdout.splitlines()[-1] == line
    tried = DryRun(range="0..9", group="g", done_before=0, left_to_live=7, estimate=FOUND)
    monkeypatch.setattr("stream.backfill.dry_run.dry_run", _returning(tried))
    said = CliRunner().invoke(app, ["backfill", "--alerts", "none", "--dry-run"])
    assert said.stdout.splitlines()[-1] == line


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--compare"], "--compare compares a shadow with what is live: name it, --into NAME"),
        (
            ["--into", "past", "--alerts", "new"],
            "--into past alerts nobody: leave out --alerts new",
        ),
        (["--into", "past", "--run", "x"], "--into past is a name of its own: leave out --run x"),
        (["--into", "past", "--dry-run"], "--dry-run counts what the live index lacks: leave it"),
        (["--into", "a-b"], "--into 'a-b' can be no name: up to 40 letters, digits, full stops"),
    ],
)
def test_options_that_a_shadow_has_no_use_for_are_refused_in_one_sentence(
    arguments: list[str], sentence: str
) -> None:
    refused = CliRunner().invoke(app, ["backfill", *arguments])
    assert refused.exit_code == 1
    [line] = refused.stderr.splitlines()
    assert line.startswith(f"twinlist: {sentence}")


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [([], None), (["--to", "9"], "earliest..9"), (["--from", "earliest"], "earliest..latest")],
)
def test_without_a_range_a_shadow_goes_on_with_the_one_that_it_has(
    arguments: list[str], wanted: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[IntoOptions] = []

    async def run(_settings: object, options: IntoOptions, _show: object) -> BackfillReport:
        asked.append(options)
        return _report(is_done=True, done=9, done_before=0)

    monkeypatch.setattr("stream.backfill.into.backfill_into", run)
    assert CliRunner().invoke(app, ["backfill", "--into", "past", *arguments]).exit_code == 0
    [options] = asked
    assert (options.name, options.wanted and str(options.wanted)) == ("past", wanted)


@pytest.mark.parametrize("is_done", [True, False])
def test_what_is_done_is_compared_and_printed_as_one_document(
    is_done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def compare(_settings: object, name: str) -> Comparison:
        return Comparison(shadow=name, range="earliest..latest", same=4, differences=())

    report = _report(is_done=is_done, done=9, done_before=0)
    monkeypatch.setattr("stream.backfill.into.backfill_into", _returning(report))
    monkeypatch.setattr("stream.backfill.compare.compare", compare)
    done = CliRunner().invoke(app, ["backfill", "--into", "past", "--compare", "--json"])
    said = json.loads(done.stdout)
    if is_done:
        assert (said["comparison"]["same"], said["replay"]["is_done"]) == (4, True)
    else:
        assert (done.exit_code, said["is_done"]) == (130, False)
