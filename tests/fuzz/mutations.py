"""Damage to bytes, of the kinds that break parsers."""

from collections.abc import Callable, Sequence
from random import Random

_MOST_STEPS = 8
_MOST_COPIES = 64
_LONGEST_INSERT = 32
_TELLING_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF)


def random_of(seed: int, number: int) -> Random:
    """What an input is made with: the same for the same seed and number."""
    return Random(f"{seed}:{number}")  # noqa: S311 - nothing is secret here


def mutate(content: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """Damage `content` in one to eight places, few more often than many."""
    damaged = bytearray(content)
    for _ in range(random.randint(1, random.randint(1, _MOST_STEPS))):
        step = random.choice(_STEPS)
        step(damaged, others, random)
    return bytes(damaged)


def _slice(content: bytes | bytearray, random: Random) -> slice:
    """A place in `content`, mostly short."""
    start = random.randrange(len(content) + 1)
    length = min(random.choice((1, 2, 4, 8, 64, len(content))), len(content) - start)
    return slice(start, start + length)


def _flip_bit(content: bytearray, _: Sequence[bytes], random: Random) -> None:
    if content:
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)


def _write_bytes(content: bytearray, _: Sequence[bytes], random: Random) -> None:
    place = _slice(content, random)
    content[place] = random.randbytes(place.stop - place.start)


def _write_number(content: bytearray, _: Sequence[bytes], random: Random) -> None:
    width = random.choice((1, 2, 4))
    number = random.choice(_TELLING_NUMBERS) % 256**width
    start = random.randrange(len(content) + 1)
    content[start : start + width] = number.to_bytes(width, random.choice(("big", "little")))


def _remove(content: bytearray, _: Sequence[bytes], random: Random) -> None:
    del content[_slice(content, random)]


def _insert(content: bytearray, _: Sequence[bytes], random: Random) -> None:
    at = random.randrange(len(content) + 1)
    content[at:at] = random.randbytes(random.randint(1, _LONGEST_INSERT))


def _repeat(content: bytearray, _: Sequence[bytes], random: Random) -> None:
    place = _slice(content, random)
    content[place] = content[place] * random.randint(2, _MOST_COPIES)


def _truncate(content: bytearray, _: Sequence[bytes], random: Random) -> None:
    del content[random.randrange(len(content) + 1) :]


def _splice(content: bytearray, others: Sequence[bytes], random: Random) -> None:
    other = random.choice(others)
    content[_slice(content, random)] = other[_slice(other, random)]


_STEPS: tuple[Callable[[bytearray, Sequence[bytes], Random], None], ...] = (
    _flip_bit,
    _write_bytes,
    _write_number,
    _remove,
    _insert,
    _repeat,
    _truncate,
    _splice,
)
