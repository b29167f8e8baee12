"""The report as one self-contained page. Everything from an event is escaped."""

import base64
from collections.abc import Sequence
from html import escape
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from stream.demo.report import PairResult, Report
from stream.demo.sample import Sample

_CARDS_LIMIT = 200
_THUMBNAIL_PIXELS = 200

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --false: #c62828; --missed: #b26a00;
        --found: #2e7d32; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }
.figures { display: flex; flex-wrap: wrap; gap: .5rem 2rem; padding: 0; list-style: none; }
.figures b { display: block; font-size: 1.6rem; }
article { border: 1px solid var(--line); border-radius: .6rem; margin: 1rem 0; padding: .8rem; }
article h2 { font-size: 1rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
.verdict { border-radius: .3rem; color: #fff; padding: .1rem .5rem; margin-right: .5rem; }
.false { background: var(--false); } .missed { background: var(--missed); }
.found { background: var(--found); }
.strip { display: flex; gap: .4rem; overflow-x: auto; margin: .3rem 0; }
.strip img { height: 7rem; border-radius: .3rem; border: 3px solid transparent; }
.strip img.evidence { border-color: var(--found); }
small { opacity: .75; }
"""


def render_page(sample: Sample, report: Report, results: Sequence[PairResult]) -> str:
    """Return the page: the figures, then a card for each pair, false and missed ones first."""
    figures = (
        (f"{report.correct_pairs} of {report.expected_pairs}", "expected pairs found"),
        (str(report.found_pairs - report.correct_pairs), "false alerts"),
        (str(report.dead_letters), "dead letters"),
        (f"{report.latency_seconds.median:.2f} s", "median latency"),
        (f"{report.latency_seconds.p99:.2f} s", "99th percentile"),
        (f"{report.listings_per_second:.1f}", "listings a second"),
    )
    items = "".join(f"<li><b>{escape(value)}</b>{escape(name)}</li>" for value, name in figures)
    cards = "".join(_card(sample, one) for one in results[:_CARDS_LIMIT])
    left_out = len(results) - _CARDS_LIMIT
    more = f"<p>… and {left_out} more in report.json.</p>" if left_out > 0 else ""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Twinlist: {escape(sample.name)}</title><style>{_STYLE}</style>"
        f"<h1>Twinlist: {escape(sample.name)}</h1><ul class=figures>{items}</ul>"
        f"<p><small>Model {escape(report.model_version)}, policy "
        f"{escape(report.policy_version)}.</small></p>{cards}{more}</html>\n"
    )


def _card(sample: Sample, one: PairResult) -> str:
    says = "no alert"
    seen: tuple[set[int], set[int]] = (set(), set())
    if (alert := one.alert) is not None:
        says = (
            f"probability {alert.probability:.3f} (threshold {alert.threshold:.3f}), "
            f"{alert.kind}, {alert.relation}"
        )
        if alert.evidence:
            best = alert.evidence[0]
            seen = ({best.left.index}, {best.right.index})
    strips = "".join(
        _strip(sample.photos.get(listing_id, ()), marked)
        for listing_id, marked in zip(one.pair, seen, strict=True)
    )
    case = f" <small>{escape(one.case.replace('_', ' '))}</small>" if one.case else ""
    return (
        f'<article><h2><span class="verdict {one.verdict}">{one.verdict}</span>'
        f"{escape(one.pair[0])} = {escape(one.pair[1])}{case}</h2>{strips}"
        f"<small>{escape(says)}</small></article>"
    )


def _strip(files: Sequence[Path], marked: set[int]) -> str:
    images = "".join(
        f'<img src="{source}" alt="photo {place}"{" class=evidence" if place in marked else ""}>'
        for place, file in enumerate(files)
        if (source := _thumbnail(file))
    )
    return f"<div class=strip>{images}</div>"


def _thumbnail(file: Path) -> str | None:
    """Return a small JPEG as a data url; None for a file that is no picture."""
    try:
        with Image.open(file) as image:
            small = image.convert("RGB")
            small.thumbnail((2 * _THUMBNAIL_PIXELS, _THUMBNAIL_PIXELS))
    except (OSError, UnidentifiedImageError):
        return None
    buffer = BytesIO()
    small.save(buffer, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
