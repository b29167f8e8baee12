"""Write deploy/asyncapi.yaml: `python -m stream.asyncapi`. A test holds it to the code."""

from pathlib import Path

from stream.asyncapi.document import document
from stream.asyncapi.yaml import to_yaml

_FILE = Path(__file__).parents[2] / "deploy" / "asyncapi.yaml"

if __name__ == "__main__":
    _FILE.write_text(to_yaml(document()), encoding="utf-8")
