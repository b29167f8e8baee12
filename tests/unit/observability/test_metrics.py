"""What a worker exposes to Prometheus."""

import pytest
from prometheus_client import generate_latest
from prometheus_client.metrics import MetricWrapperBase

from stream.domain.alert import AlertState
from stream.domain.errors import DeadLetterReason, PhotoErrorReason
from stream.observability import metrics
from stream.observability.metrics import REGISTRY, Stage, timed


def test_every_metric_is_twinlists_and_says_what_it_is() -> None:
    for family in REGISTRY.collect():
        assert family.name.startswith("twinlist_")
        assert family.documentation.endswith(".")


def test_times_are_in_seconds_and_say_so() -> None:
    for family in REGISTRY.collect():
        if family.type == "histogram":
            assert family.name.endswith("_duration_seconds")


def test_no_label_holds_what_strangers_write() -> None:
    lists_of_our_own = {"stage", "state", "type", "outcome", "reason"}
    places = {"topic", "partition"}  # of the topics that the settings name
    labels = {
        label
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
        for label in metric._labelnames
    }
    assert labels
    assert labels <= lists_of_our_own | places


def test_what_can_be_known_in_advance_is_there_before_anything_happened() -> None:
    text = generate_latest(REGISTRY).decode()
    for name in ("retries_total", "pairs_crowded_out_total", "event_duration_seconds_count"):
        assert f"\ntwinlist_{name} " in text
    for name, label, values in (
        ("alerts_total", "state", AlertState),
        ("dead_letters_total", "reason", DeadLetterReason),
        ("photos_failed_total", "reason", PhotoErrorReason),
        ("stage_duration_seconds_count", "stage", Stage),
    ):
        for value in values:
            assert f'\ntwinlist_{name}{{{label}="{value}"}} ' in text


async def test_a_timed_step_returns_what_it_would_and_is_observed() -> None:
    @timed(Stage.INDEX)
    async def double(number: int, *, plus: int = 0) -> int:
        return 2 * number + plus

    before = _count(Stage.INDEX)
    assert await double(3, plus=1) == 7
    assert double.__name__ == "double"
    assert _count(Stage.INDEX) == before + 1


async def test_a_step_that_fails_is_observed_as_well() -> None:
    @timed(Stage.PUBLISH)
    async def fail() -> None:
        raise ZeroDivisionError

    before = _count(Stage.PUBLISH)
    with pytest.raises(ZeroDivisionError):
        await fail()
    assert _count(Stage.PUBLISH) == before + 1


def _count(stage: Stage) -> float:
    sample = "twinlist_stage_duration_seconds_count"
    return metrics.REGISTRY.get_sample_value(sample, {"stage": stage}) or 0.0
