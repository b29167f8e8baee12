"""The Markdown pages of the project, taken apart for tests."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_INLINE_COMMAND = re.compile(r"`(twinlist [^`]+)`")


@dataclass(frozen=True)
class Block:
    """What stands between fences."""

    language: str
    text: str


@dataclass(frozen=True)
class Document:
    """A Markdown page."""

    file: Path

    @property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")

    @property
    def blocks(self) -> list[Block]:
        return [Block(*found) for found in _FENCED.findall(self.text)]

    @property
    def commands(self) -> list[str]:
        """Lines of the shell blocks, without comments."""
        shell = "".join(block.text for block in self.blocks if block.language == "sh")
        return [line for line in map(_without_comment, shell.splitlines()) if line]

    @property
    def inline_commands(self) -> list[str]:
        """What the prose tells to type."""
        return _INLINE_COMMAND.findall(self._prose)

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self._prose)

    @property
    def anchors(self) -> set[str]:
        """Names of the headings, as GitHub makes them."""
        return {
            re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in _HEADING.findall(self._prose)
        }

    @property
    def _prose(self) -> str:
        return _FENCED.sub("", self.text)


def read_documents() -> Iterator[Document]:
    """Find every page that the project shows."""
    for place in (".", "deploy", "model_repository", "stream", "tests"):
        files = (ROOT / place).glob("*.md") if place == "." else (ROOT / place).rglob("*.md")
        yield from map(Document, sorted(files))


def _without_comment(line: str) -> str:
    return re.sub(r"(^|\s+)#.*", "", line).strip()
