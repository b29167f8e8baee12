"""How a training run went, as one page: losses, and figures of listings that it does not see."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from stream.demo.page.chart import Plane, axis_to, count_axis, draw_chart
from stream.demo.page.markup import Markup, element
from stream.demo.page.sheet import render_sheet


class Progress(msgspec.Struct, frozen=True):
    """A line of the log: losses are means over an epoch, figures those of held-out listings."""

    epoch: int
    seconds: float
    losses: dict[str, float]
    set_uap: float
    set_recall_at_1: float
    photos_uap: float
    photos_recall_at_1: float


def read_log(path: Path) -> list[Progress]:
    """Read a log, a line an epoch."""
    return [msgspec.json.decode(line, type=Progress) for line in path.read_bytes().splitlines()]


def write_curves(log: Path, page: Path) -> None:
    """Draw a log."""
    page.write_text(render_curves(read_log(log)), encoding="utf-8")


def render_curves(epochs: Sequence[Progress]) -> str:
    """Return the page of a run of one epoch or more."""
    of_sets, of_photos = "Held out, embeddings", "Held out, best match of photos"
    plots = [
        *(
            _plot(epochs, f"In training, {name}", "loss", [one.losses[name] for one in epochs])
            for name in epochs[0].losses
        ),
        _plot(epochs, of_sets, "uAP", [one.set_uap for one in epochs]),
        _plot(epochs, of_sets, "recall at 1", [one.set_recall_at_1 for one in epochs]),
        _plot(epochs, of_photos, "uAP", [one.photos_uap for one in epochs]),
        _plot(epochs, of_photos, "recall at 1", [one.photos_recall_at_1 for one in epochs]),
    ]
    name = f"Twinlist: training up to epoch {epochs[-1].epoch}"
    return render_sheet(
        name,
        element("header", element("h1", name)),
        element("section", *plots, class_="plots"),
    )


def _plot(epochs: Sequence[Progress], title: str, unit: str, values: Sequence[float]) -> Markup:
    plane = Plane(count_axis("epoch", epochs[-1].epoch), axis_to(unit, max(values)))
    points = [(float(one.epoch), value) for one, value in zip(epochs, values, strict=True)]
    chart = draw_chart(
        plane,
        element("path", d=plane.line(points), class_="curve"),
        title=f"{title}: {unit}",
        description=f"{values[0]:.3f} at first, {values[-1]:.3f} in the end.",
    )
    return element("figure", element("h3", f"{title}: {unit}"), chart)
