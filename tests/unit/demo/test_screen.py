"""What a demo writes to a terminal, and where there is none."""

from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from msgspec.structs import replace
from pydantic import SecretStr
from rich.console import Console

from stream.demo.report import Judgement, PairResult
from stream.demo.screen import Screen
from stream.demo.watch import Watched
from stream.domain.alert import AlertState
from stream.settings import QdrantSettings
from tests.unit.demo.pairs import REPORT, alert_of, letter_at

ESCAPE = "\x1b"


@pytest.fixture
def piped() -> Console:
    return Console(file=StringIO(), width=80, force_terminal=False)


def _written(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def _show_all(console: Console) -> str:
    screen = Screen(console)
    with screen.stage("starting the broker"), screen.bars(3) as bars:
        bars.show(Watched(emitted=dict.fromkeys([(0, 0), (0, 1), (0, 2)], 0.0), done={(0, 1): 0.0}))
    screen.tell_alert(alert_of("a", "b", 0.9), Judgement(is_right=True))
    false = PairResult(pair=("c", "d"), is_expected=False, alert=alert_of("c", "d", 0.4), case="")
    screen.close(REPORT, [false], Path("out"))
    return _written(console)


def test_where_there_is_no_terminal_plain_lines_say_all(piped: Console) -> None:
    written = _show_all(piped)
    assert ESCAPE not in written
    assert "\r" not in written
    lines = written.splitlines()
    assert lines[:3] == [
        "starting the broker",
        "waiting for the last 2",
        "raised       a = b  0.90 (0.25 needed), same item, same seller: ✓ right",
    ]
    assert "false alert  c = d" in written


def test_no_color_is_respected_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    colourless = _show_all(Console(file=StringIO(), width=80, force_terminal=True))
    assert "starting the broker" in colourless
    colours = {f"{ESCAPE}[{code}m" for code in (31, 32, 33, 36)}
    assert not any(colour in colourless for colour in colours)


def test_the_outcome_has_the_threshold_and_a_row_for_each_case(piped: Console) -> None:
    Screen(piped).close(REPORT, [], Path("out"))
    rows = [" ".join(line.replace("│", " ").split()) for line in _written(piped).splitlines()]
    for row in (
        "other room 1 2",
        "other item same room 1 3",
        "events 10: 9 processed, 1 dead letters (1 meant, 0 not)",
        "pairs 1 of 3 found (recall 33%), 1 false (precision 50%)",
        "traps 3 of 4 avoided",
        "retracted 2 of 2 that an update or a delete ended",
        "threshold 0.250 (policy p-1, model m-1)",
    ):
        assert row in rows


def test_when_nothing_was_found_it_is_said_why(piped: Console) -> None:
    nothing = replace(REPORT, found_pairs=0, correct_pairs=0, precision=None, recall=0.0)
    Screen(piped).close(nothing, [], Path("out"))
    assert "0 of 3 found (recall 0%), 0 false (precision \N{EN DASH})" in _written(piped)
    assert "no pair reached the threshold" in _written(piped)


def test_a_listing_without_cases_needs_no_table(piped: Console) -> None:
    Screen(piped).close(replace(REPORT, cases=()), [], Path("out"))
    assert "case" not in _written(piped)


def test_what_an_event_says_commands_no_terminal_and_is_no_markup(piped: Console) -> None:
    alert = alert_of(f"{ESCAPE}[2Ja\nb", "[red]b[/red]", 0.9)
    Screen(piped).tell_alert(alert, Judgement(is_right=True))
    written = _written(piped)
    assert ESCAPE not in written
    assert len(written.splitlines()) == 1
    assert "[red]b[/red]" in written


@pytest.mark.parametrize(
    ("state", "judgement", "says"),
    [
        (AlertState.RAISED, Judgement(is_right=False, because="other_room"), "false (other room)"),
        (AlertState.UPDATED, Judgement(is_right=False), "same seller: ✗ false"),
        (
            AlertState.RETRACTED,
            Judgement(True, "listing_deleted"),
            "b  listing deleted: ✓ as meant",
        ),
        (
            AlertState.RETRACTED,
            Judgement(True, "update_replaces_photos"),
            "b  photos replaced: ✓ as meant",
        ),
        (AlertState.RETRACTED, Judgement(is_right=False), "✗ false, it is still a pair"),
    ],
)
def test_each_alert_is_told_with_whether_it_is_right(
    piped: Console, state: AlertState, judgement: Judgement, says: str
) -> None:
    Screen(piped).tell_alert(alert_of("a", "b", 0.9, state=state), judgement)
    assert _written(piped).rstrip().endswith(says)


def test_where_letters_are_few_words_alone_say_it() -> None:
    raw = BytesIO()
    ascii_only = Console(file=TextIOWrapper(raw, encoding="ascii", write_through=True), width=80)
    screen = Screen(ascii_only)
    screen.tell_alert(alert_of("a", "b", 0.9), Judgement(is_right=True))
    screen.close(replace(REPORT, precision=None), [], Path("out"))
    assert b"same seller: right\n" in raw.getvalue()
    assert b"(precision -)" in raw.getvalue()


def test_a_dead_letter_is_told_by_its_place_and_by_its_key_if_it_has_one(piped: Console) -> None:
    screen = Screen(piped)
    screen.tell_dead_letter(letter_at(3, 7, key=None), is_meant=True)
    screen.tell_dead_letter(letter_at(3, 8, key=b"a"), is_meant=False)
    assert _written(piped).splitlines() == [
        "dead letter  partition 3, offset 7: not json, as meant",
        "dead letter  partition 3, offset 8, key a: not json: no JSON",
    ]


def test_a_machine_that_is_full_is_advised_a_lower_rate(piped: Console) -> None:
    Screen(piped).close(replace(REPORT, listings_per_second=1.5), [], Path("out"))
    written = " ".join(_written(piped).split())
    assert "includes waiting in the queue, and a lower --rate" in written
    assert "a higher --rate" not in written


def test_topics_that_are_left_are_named_with_the_command_that_removes_them(piped: Console) -> None:
    Screen(piped).tell_left_topics("kafka:9092", ["demo-1-alerts", "demo-1-letters"])
    told, command = _written(piped).splitlines()
    assert told == "left on kafka:9092: the topics demo-1-alerts, demo-1-letters"
    assert command.endswith(
        "--bootstrap-server kafka:9092 --delete --topic 'demo-1-alerts|demo-1-letters'"
    )


def test_collections_that_are_left_are_named_with_the_command_that_removes_them(
    piped: Console,
) -> None:
    open_to_all = QdrantSettings(url="http://qdrant:6334")
    Screen(piped).tell_left_collections(open_to_all, ["demo-1-pairs", "demo-1-flights"])
    locked = open_to_all.model_copy(update={"api_key": SecretStr("hunter2")})
    Screen(piped).tell_left_collections(locked, ["demo-1-pairs"])
    told, command, _, with_key = _written(piped).splitlines()
    assert told == "left on http://qdrant:6334: the collections demo-1-pairs, demo-1-flights"
    assert command == (
        "remove them with: for name in demo-1-pairs demo-1-flights; do curl -X DELETE "
        "http://qdrant:6333/collections/$name; done"
    )
    assert '-H "api-key: $TWINLIST_QDRANT__API_KEY"' in with_key
