"""JSON data as YAML that people can read; too little to depend on a library for."""

import json
import re
from collections.abc import Iterator
from typing import Any

_PLAIN_KEY = re.compile(r"[A-Za-z][\w-]+")


def to_yaml(value: dict[str, Any]) -> str:
    """Write in block style. Scalars stay as JSON writes them, which YAML allows."""
    return "\n".join(_lines(value, "")) + "\n"


def _lines(value: dict[str, Any] | list[Any], indent: str) -> Iterator[str]:
    entries = (
        [(f"{indent}{_key(name)}:", item) for name, item in value.items()]
        if isinstance(value, dict)
        else [(f"{indent}-", item) for item in value]
    )
    for start, item in entries:
        if isinstance(item, dict | list) and item:
            yield start
            yield from _lines(item, indent + "  ")
        else:
            yield f"{start} {json.dumps(item, ensure_ascii=False)}"


def _key(name: str) -> str:
    return name if _PLAIN_KEY.fullmatch(name) else json.dumps(name)
