"""What every page is: one file with its style in it that loads nothing and runs no script."""

from pathlib import Path

from stream.demo.page.markup import Markup, element

_STYLE = Path(__file__).with_name("style.css")
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser may load for the page: only what stands in it, and never a script."""


def render_sheet(name: str, *content: Markup, style: str = "") -> str:
    """Return a page of that name; `style` comes after the style that all pages share."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("link", rel="icon", href="data:,"),
        element("title", name),
        element("style", Markup(_STYLE.read_text(encoding="utf-8") + style)),
    )
    return f"<!doctype html>\n{element('html', head, element('body', *content), lang='en')}\n"
