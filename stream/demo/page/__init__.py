"""The report as one self-contained page: one file, no script, nothing from the network.

`document` composes what the other modules draw: `cards` (a pair each), `strips` (its photos and
what connects them), `plots` (the run as a whole, on `chart`). `markup` escapes, `thumbnails`
reads photos and is the only one that touches the disk.
"""

from stream.demo.page.document import render_page

__all__ = ["render_page"]
