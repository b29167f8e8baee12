"""The report as one self-contained page: one file, no script, nothing from the network.

`document` composes what the other modules draw: `cards` (a pair each), `strips` (its photos and
what connects them), `plots` (the run as a whole, on `chart`). `sheet` is the frame of any page,
`markup` escapes, `thumbnails` reads photos.
"""

from stream.demo.page.document import render_page

__all__ = ["render_page"]
