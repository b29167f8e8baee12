"""HTML and SVG that cannot forget to escape: a string is text unless it is `Markup`."""

from collections.abc import Iterable
from html import escape

_VOID = frozenset({"input", "link", "meta"})
"""Elements that have no end."""


class Markup(str):
    """Markup, which goes into the page as it is."""

    __slots__ = ()


def element(tag: str, /, *children: str, **attributes: str | float | None) -> Markup:
    """Write an element.

    Args:
        tag: Its name.
        children: `Markup` as it is, any other string escaped.
        attributes: `class_` and `stroke_width` become `class` and `stroke-width`. Numbers are
            written with two decimals at most; None leaves an attribute out.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    end = "" if tag in _VOID else f"</{tag}>"
    return Markup(f"<{tag}{written}>{fragment(children)}{end}")


def fragment(children: Iterable[str]) -> Markup:
    """Join markup and text, escaping the text."""
    return Markup("".join(one if isinstance(one, Markup) else escape(one) for one in children))


def number(value: float) -> str:
    """Write a number with two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else number(value)
