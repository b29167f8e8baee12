"""`python -m stream.local.qdrant_edge --path DIR --port N`: serve a folder until SIGTERM."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from stream.local.qdrant_edge.catalog import MIN_FREE_BYTES, FolderTakenError
from stream.local.qdrant_edge.server import serve


def main() -> int:
    """Run the server; print `refused: …` and return 1 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m stream.local.qdrant_edge")
    parser.add_argument("--path", type=Path, required=True, help="folder that holds the data")
    parser.add_argument("--port", type=int, default=6334, help="port on loopback; 0 for a free one")
    parser.add_argument(
        "--rest-port", type=int, help="port of snapshots over HTTP (default: none are served)"
    )
    parser.add_argument(
        "--min-free-bytes",
        type=int,
        default=MIN_FREE_BYTES,
        help="refuse writes while the disk has less room (default: %(default)s)",
    )
    options = parser.parse_args()
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(serve(options.path, options.port, options.min_free_bytes, options.rest_port))
    except (FolderTakenError, OSError) as error:
        sys.stdout.write(f"refused: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
