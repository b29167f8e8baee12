"""Writes `.env.example`: every setting with its meaning and default, commented out.

`python -m stream.doctor.env_example` writes it anew; a test holds it to the settings.
"""

from pathlib import Path

from stream.settings import Settings, describe

FILE = Path(__file__).parents[2] / ".env.example"
_HEAD = """\
# Settings of Twinlist. Copy to `.env`, or put into the environment, what differs for you.
# `twinlist settings` prints what is in force, `twinlist doctor` says whether it works.
"""


def render() -> str:
    """Return the file; no value of this process's environment is in it."""
    defaults = Settings.model_construct()
    return _HEAD + "".join(
        f"\n# {setting.meaning}\n#{setting.variable}={setting.default}\n"
        for setting in describe(defaults)
    )


def main() -> None:
    """Write the file beside the checkout's README."""
    FILE.write_text(render())


if __name__ == "__main__":
    main()
