"""Web urls that strangers typed: read, and held against what the settings allow."""

import re

import httpx

from stream.domain.errors import PhotoError, PhotoErrorReason
from stream.settings import PhotoSettings

WEB_SCHEMES = frozenset({"http", "https"})
_PORTS = {"http": 80, "https": 443}
# A name or an IPv4 address in any spelling, or an IPv6 address; no zones, no percent signs.
_LABEL = r"[a-z0-9_-]{1,63}"
_HOST = re.compile(rf"(?=.{{1,254}}$){_LABEL}(?:\.{_LABEL})*\.?|(?=.*:)[0-9a-f:.]{{2,45}}")
_AUTHORITY_END = re.compile(r"[/?#]")
_QUOTED_LENGTH = 80


def read_web_url(url: str) -> httpx.URL:
    """Take a url apart. Raises `PhotoError` unless it names a host and port, and nothing else.

    A host that is not in ASCII is refused: what it is made into differs between programs, and it
    reads like others. Who means it writes it as `xn--…`.
    """
    if not _authority(url).isascii():
        raise PhotoError(
            PhotoErrorReason.INVALID_URL, "the url's host is not in ASCII; send it as xn--…"
        )
    try:
        parsed = httpx.URL(url)
        _ = parsed.host  # decodes the name, which not every name survives
    except (ValueError, httpx.InvalidURL) as error:
        raise PhotoError(
            PhotoErrorReason.INVALID_URL, f"the url is not valid: {str(error)[:_QUOTED_LENGTH]!r}"
        ) from error
    host = host_of(parsed)
    if not host:
        raise PhotoError(PhotoErrorReason.INVALID_URL, "the url names no host")
    if not _HOST.fullmatch(host):
        raise PhotoError(
            PhotoErrorReason.INVALID_URL, f"the url's host is not valid: {host[:_QUOTED_LENGTH]!r}"
        )
    if not 0 < port_of(parsed) < 2**16:
        raise PhotoError(PhotoErrorReason.INVALID_URL, "the url's port is not between 1 and 65535")
    if parsed.userinfo:
        raise PhotoError(PhotoErrorReason.FORBIDDEN, f"the url of {host} carries credentials")
    return parsed


def follow(url: httpx.URL, location: str) -> httpx.URL:
    """Return where a redirect of `url` leads. Raises `PhotoError` if that is no web url."""
    if not _authority(location).isascii():
        raise PhotoError(
            PhotoErrorReason.NOT_SERVED, f"{host_of(url)} redirects to a host that is not in ASCII"
        )
    try:
        target = url.join(location)
    except (ValueError, httpx.InvalidURL) as error:
        raise PhotoError(
            PhotoErrorReason.NOT_SERVED, f"{host_of(url)} redirects to what is no url"
        ) from error
    if target.scheme not in WEB_SCHEMES:
        raise PhotoError(
            PhotoErrorReason.FORBIDDEN,
            f"{host_of(url)} redirects to the scheme {target.scheme[:16]!r}",
        )
    return read_web_url(str(target))


def check_allowed(url: httpx.URL, settings: PhotoSettings) -> None:
    """Raise `PhotoError` unless scheme, port and host are among those that the settings allow.

    Where the host's name leads is looked at later, when it is connected to.
    """
    host = host_of(url)
    if url.scheme not in settings.allowed_schemes:
        raise PhotoError(
            PhotoErrorReason.FORBIDDEN,
            f"the scheme {url.scheme[:16]!r} of {host} is not allowed",
            setting="TWINLIST_PHOTOS__ALLOWED_SCHEMES",
        )
    if settings.allowed_ports and port_of(url) not in settings.allowed_ports:
        raise PhotoError(
            PhotoErrorReason.FORBIDDEN,
            f"the port {port_of(url)} of {host} is not allowed",
            setting="TWINLIST_PHOTOS__ALLOWED_PORTS",
        )
    if settings.allowed_hosts and not _is_among(host, settings.allowed_hosts):
        raise PhotoError(
            PhotoErrorReason.FORBIDDEN,
            f"the host {host} is not allowed",
            setting="TWINLIST_PHOTOS__ALLOWED_HOSTS",
        )


def host_of(url: httpx.URL) -> str:
    """The host as it is looked up: in ASCII, small letters, IPv6 without brackets."""
    return url.raw_host.decode("ascii")


def port_of(url: httpx.URL) -> int:
    """The port that is written, or the scheme's own."""
    return _PORTS.get(url.scheme, 0) if url.port is None else url.port


def _authority(url: str) -> str:
    """What stands between `//` and the path: host, port and whatever else was put there."""
    return _AUTHORITY_END.split(url.partition("//")[2], maxsplit=1)[0]


def _is_among(host: str, allowed: frozenset[str]) -> bool:
    """Whether a host is one of `allowed`, or below one that starts with a dot."""
    name = host.removesuffix(".")
    parents = (name[at:] for at, letter in enumerate(name) if letter == ".")
    return name in allowed or any(parent in allowed for parent in parents)
