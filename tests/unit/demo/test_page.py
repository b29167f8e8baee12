"""The report page: what stands in it, and what can never get into it."""

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from stream.demo.page import render_page
from stream.demo.page.case_table import draw_case_table
from stream.demo.page.chart import axis_to, count_axis
from stream.demo.page.document import choose_cards
from stream.demo.page.markup import Markup, element
from stream.demo.page.plots import plot_latencies, plot_precision_recall, plot_probabilities
from stream.demo.page.strips import best_matches, draw_strips
from stream.demo.page.thumbnails import define, read_album
from stream.demo.report import CaseCount, EventTiming, Latency, PairResult
from stream.demo.sample import ListingFacts, Sample, read_scenes
from stream.domain.alert import Alert
from tests.unit.demo.pairs import REPORT, alert_of, photo_pair, sample_of

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;"
VOID = {"input", "link", "meta"}
LIMIT_BYTES = 3_000_000


class Outline(HTMLParser):
    """Reads a page, and fails where an element is left open or closed twice."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def count(self, tag: str, class_: str | None = None) -> int:
        return sum(
            one == tag and (class_ is None or class_ in (attributes.get("class") or "").split())
            for one, attributes in self.elements
        )


@pytest.fixture
def photos(tmp_path: Path) -> tuple[Path, ...]:
    """Four photos that differ: wide, tall, square, and one that lies on its side."""
    noise = np.random.default_rng(3)
    files = []
    for place, (width, height) in enumerate(((400, 200), (200, 400), (300, 300), (400, 200))):
        image = Image.fromarray(noise.integers(0, 255, (height, width, 3), dtype=np.uint8))
        exif = Image.Exif()
        exif[0x0112] = 6 if place == 3 else 1
        image.save(file := tmp_path / f"{place}.jpg", exif=exif)
        files.append(file)
    return tuple(files)


def test_text_is_escaped_and_markup_is_not() -> None:
    inner = element("b", HOSTILE, title=HOSTILE)
    assert "<script" not in inner
    assert element("p", inner) == f"<p>{inner}</p>"
    assert element("path", stroke_width=1 / 3, class_="x", d=None) == (
        '<path stroke-width="0.33" class="x"></path>'
    )
    assert isinstance(inner, Markup)


def test_nothing_from_an_event_becomes_markup(photos: tuple[Path, ...]) -> None:
    pair = (HOSTILE, HOSTILE + "2")
    alert = alert_of(*pair, 0.5, evidence=[photo_pair(0, 0, 0.9)], seller_id=HOSTILE)
    sample = sample_of(
        [pair], name=HOSTILE, photos=dict.fromkeys(pair, photos), cases={pair: HOSTILE}
    )
    page = _render(sample, [_result(pair, alert, case=HOSTILE)], version=HOSTILE)
    outline = Outline(page)
    assert not {"script", "img"} & {tag for tag, _ in outline.elements}
    assert not any(name.startswith("on") for _, known in outline.elements for name in known)
    assert "&lt;script&gt;alert(1)" in page


def test_the_page_needs_nothing_but_itself(photos: tuple[Path, ...]) -> None:
    page = _page_of_one(photos)
    outline = Outline(page)
    links = [
        value or ""
        for _, known in outline.elements
        for name, value in known.items()
        if name in {"href", "src", "xlink:href", "srcset"}
    ]
    assert links
    assert all(link.startswith(("#", "data:")) for link in links)
    assert "http" not in page.replace("http-equiv", "")
    assert "url(" not in page
    assert "default-src 'none'" in page.replace("&#x27;", "'")


def test_every_picture_says_what_it_shows(photos: tuple[Path, ...]) -> None:
    outline = Outline(_page_of_one(photos))
    drawn = [
        place
        for place, (tag, known) in enumerate(outline.elements)
        if tag == "svg" and known.get("aria-hidden") is None
    ]
    assert len(drawn) == 5, "three plots, a gauge and the strips"
    for place in drawn:
        assert outline.elements[place][1]["role"] == "img"
        assert [tag for tag, _ in outline.elements[place + 1 : place + 3]] == ["title", "desc"]


def test_the_headline_says_what_was_found_missed_and_false() -> None:
    text = re.sub(r"<[^>]+>", " ", _page_of_one(()).split("</style>")[1])
    for said in ("1 of 3", "recall 33%", "precision 50%", "0.50 s", "1.20 s", "4.0", "m-1", "p-1"):
        assert said in text


def test_each_case_has_a_row_and_its_shares() -> None:
    page = _page_of_one(())
    outline = Outline(page)
    assert outline.count("tr") == 1 + len(REPORT.cases) + 1
    assert outline.count("svg", "shares") == len(REPORT.cases)
    cells = re.sub(r"<[^>]+>", " ", page.split("<tbody>")[1].split("</table>")[0])
    assert " ".join(cells.split()) == (
        "other room One item in two places. 1 2 "
        "other item same room Two different items in front of one background. 1 3 "
        "all cases 1 2 1 3"
    )


def test_pairs_to_be_found_stand_above_traps_and_bars_are_as_long_as_counts() -> None:
    table = draw_case_table(
        [
            CaseCount(case="trap", found=0, missed=0, false=1, avoided=7),
            CaseCount(case="few", found=1, missed=1, false=0, avoided=0),
            CaseCount(case="many", found=0, missed=4, false=0, avoided=0),
        ]
    )
    assert re.findall(r'<th scope="row">(\w+)', table) == ["many", "few", "trap", "all"]
    widths = [float(width) for width in re.findall(r'width="([\d.]+)"', table)]
    assert widths == [0, 50, 0, 0, 12.5, 12.5, 0, 0, 0, 0, 12.5, 87.5]


def test_every_case_of_the_sample_is_explained() -> None:
    for label in read_scenes().labels.values():
        one = CaseCount(case=label.case, found=1, missed=0, false=0, avoided=0)
        assert "<small>" in draw_case_table([one]), label.case


def test_missed_pairs_are_folded_by_case_and_name_seller_and_category() -> None:
    sample = replace(sample_of([]), facts={"a": ListingFacts("S-9", "tools")})
    results = [
        _result(("a", "c"), None, case="dark"),
        _result(("a", "b"), None, case="far"),
        _result(("a", "d"), None, case="far"),
    ]
    page = _render(sample, results)
    assert Outline(page).count("details", "missed") == 2
    text = re.sub(r"<[^>]+>", "", page)
    assert text.index("far: 2 missed") < text.index("dark: 1 missed")
    assert text.count("a tools, from S-9") == 3


def test_a_weak_match_is_drawn_thinner_than_a_strong_one(photos: tuple[Path, ...]) -> None:
    evidence = [photo_pair(0, 0, 0.95), photo_pair(1, 1, 0.3)]
    strips = draw_strips((photos, photos), evidence, read_album(photos), title="t")
    strong, weak = map(float, re.findall(r'class="link" stroke-width="([\d.]+)"', strips))
    assert strong > 2 * weak


def test_a_sample_without_cases_has_no_table_of_them() -> None:
    pair = ("a", "b")
    page = render_page(sample_of([pair]), replace(REPORT, cases=()), [_result(pair, None)], [])
    assert not Outline(page).count("table")


def test_a_card_says_its_case_and_how_far_apart_the_cameras_were() -> None:
    far = PairResult(
        pair=("a", "b"), is_expected=True, alert=None, case="light_changed", angle=150.4
    )
    text = re.sub(r"<[^>]+>", "|", _render(sample_of([("a", "b")]), [far]).split("<article")[1])
    assert "|light changed|" in text
    assert "|closest photos 150° apart|" in text


def test_a_photo_is_embedded_once_however_often_it_is_drawn(photos: tuple[Path, ...]) -> None:
    copy = photos[0].with_name("copy.jpg")
    copy.write_bytes(photos[0].read_bytes())
    sample = sample_of([], photos={"a": photos, "b": (copy, *photos), "c": photos})
    results = [_result(pair, alert_of(*pair, 0.5)) for pair in (("a", "b"), ("a", "c"))]
    page = _render(sample, results)
    assert page.count("data:image/jpeg;base64,") == len(photos)
    assert Outline(page).count("use") == 4 + 5 + 4 + 4


def test_thumbnails_are_upright_and_keep_their_shape(photos: tuple[Path, ...]) -> None:
    album = read_album(photos)
    shapes = [album[file].width / album[file].height for file in photos]
    assert shapes == pytest.approx([2, 0.5, 1, 0.5], rel=0.02)


def test_what_is_no_picture_leaves_an_empty_place(photos: tuple[Path, ...]) -> None:
    broken = photos[0].with_name("broken.jpg")
    broken.write_bytes(photos[0].read_bytes()[:300])
    files = (broken, photos[0].with_name("absent.jpg"), photos[1])
    strips = draw_strips((files, ()), (), read_album(files), title="t")
    assert strips.count("no picture") == 2
    assert Outline(strips).count("use") == 1


def test_many_photos_are_embedded_smaller(photos: tuple[Path, ...], tmp_path: Path) -> None:
    few = define(read_album(photos[2:3]))
    many = [tmp_path / f"copy-{number}.jpg" for number in range(200)]
    for file in many:
        file.write_bytes(photos[2].read_bytes())
    assert len(define(read_album(many))) < len(few)


def test_matches_share_no_photo() -> None:
    evidence = [
        photo_pair(0, 1, 0.9),
        photo_pair(0, 0, 0.8),
        photo_pair(2, 1, 0.7),
        photo_pair(1, 0, 0.6),
    ]
    assert best_matches(evidence) == (evidence[0], evidence[3])


def test_regions_are_outlined_in_both_photos(photos: tuple[Path, ...]) -> None:
    box = (0.0, 0.5, 0.5, 1.0)
    evidence = [photo_pair(0, 2, 0.9, (box, box), (box, box)), photo_pair(0, 1, 0.5)]
    strips = draw_strips((photos, photos), evidence, read_album(photos), title="t")
    outline = Outline(strips)
    assert outline.count("g", "match") == 1
    assert outline.count("rect", "region") == 4
    assert outline.count("path", "hint") == 1, "what is no best match is a hint"


def test_evidence_is_shown_though_a_listing_has_more_photos_than_fit(
    photos: tuple[Path, ...],
) -> None:
    files = photos * 5
    strips = draw_strips((files, files), [photo_pair(19, 17, 0.9)], read_album(files), title="t")
    assert "photo 20<" in strips
    assert "photo 18<" in strips
    assert Outline(strips).count("g", "match") == 1


def test_evidence_of_photos_that_are_unknown_is_left_out() -> None:
    strips = draw_strips(((), ()), [photo_pair(0, 5, 0.9)], {}, title="t")
    assert Outline(strips).count("g", "match") == 0


def test_found_pairs_come_first_and_each_verdict_has_its_share() -> None:
    found = [_result(("a", f"b{n}"), alert_of("a", f"b{n}", 0.5)) for n in range(3)]
    missed = [_result(("c", f"d{n}"), None) for n in range(50)]
    false = [_result(("e", "f"), alert_of("e", "f", 0.5), is_expected=False)]
    shown = choose_cards([*false, *missed, *found], limit=10)
    assert [one.verdict for one in shown] == ["found"] * 3 + ["false"] + ["missed"] * 6


def test_a_large_manifest_gives_two_hundred_cards_and_says_so() -> None:
    results = [_result(("a", f"b{n}"), None) for n in range(250)]
    page = _render(sample_of([]), results)
    assert Outline(page).count("article", "card") == 200
    assert "50 more pairs" in page


def test_what_there_is_none_of_cannot_be_chosen() -> None:
    outline = Outline(_render(sample_of([]), [_result(("a", "b"), None)]))
    choices = {
        known["id"]: "disabled" not in known for tag, known in outline.elements if tag == "input"
    }
    assert [name for name, is_open in choices.items() if is_open] == [
        "show-all",
        "show-problems",
        "show-missed",
    ]


def test_bars_stand_where_probabilities_are() -> None:
    results = [
        _result(("a", "b"), alert_of("a", "b", 1.0)),
        _result(("a", "c"), alert_of("a", "c", 0.96)),
        _result(("a", "d"), alert_of("a", "d", 0.97), is_expected=False),
        _result(("a", "e"), None),
    ]
    plot = plot_probabilities(results)
    assert "0.95 to 1.00: 2 found" in plot
    assert "0.95 to 1.00: 1 false" in plot
    assert Outline(plot).count("rect", "bar") == 2
    assert Outline(plot).count("path", "threshold") == 1
    assert "1 missed" in plot


@pytest.mark.parametrize("count", [0, 1, 5000])
def test_latencies_are_dots_but_never_too_many(count: int) -> None:
    timings = [EventTiming(second / 10, 0.5) for second in range(count)]
    plot = plot_latencies(timings, Latency(0.5, 0.5))
    dots = re.search(r'd="([^"]*)" class="dots"', plot)
    assert dots is not None
    assert dots[1].count("h0") <= 2000
    assert bool(dots[1]) == bool(count)
    Outline(plot)


def test_no_curve_is_drawn_where_there_is_none() -> None:
    plot = plot_precision_recall([])
    assert "no curve" in plot
    assert Outline(plot).count("path", "curve") == 0


def test_axes_end_on_a_tick_at_or_above_the_largest_value() -> None:
    for largest in (0, 1e-9, 0.3, 0.7, 1, 1.01, 7.3, 99, 100, 12345.6):
        axis = axis_to("a", largest)
        assert axis.end >= largest
        assert axis.ticks[-1] == pytest.approx(axis.end)
        assert 2 <= len(axis.ticks) <= 7
    for count in (0, 1, 2, 3, 7, 40):
        axis = count_axis("n", count)
        assert axis.end >= count
        assert all(tick == round(tick) for tick in axis.ticks)


def test_the_shipped_scenes_make_a_page_of_less_than_three_megabytes() -> None:
    sample = read_scenes()
    results = [_result(pair, alert_of(*pair, 0.5)) for pair in sample.labels]
    page = _render(sample, results)
    assert Outline(page).count("article", "card") == min(len(sample.labels), 200)
    assert len(page.encode()) < LIMIT_BYTES


def _page_of_one(photos: tuple[Path, ...]) -> str:
    alert = alert_of("a", "b", 0.5, evidence=[photo_pair(0, 1, 0.9)])
    sample = sample_of([("a", "b")], photos={"a": photos, "b": photos})
    return _render(sample, [_result(("a", "b"), alert)])


def _result(
    pair: tuple[str, str], alert: Alert | None, *, is_expected: bool = True, case: str = ""
) -> PairResult:
    return PairResult(pair=pair, is_expected=is_expected, alert=alert, case=case)


def _render(sample: Sample, results: Sequence[PairResult], *, version: str = "") -> str:
    report = replace(REPORT, model_version=version, policy_version=version) if version else REPORT
    return render_page(sample, report, results, [EventTiming(0.0, 0.5)])
