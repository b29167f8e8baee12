"""Which addresses a photo may be fetched from, and connections to nothing else."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpcore

from stream.domain.errors import PhotoError, PhotoErrorReason, RetryError

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[IpAddress]]]

# All of IPv6 that is given out to networks; whatever else there is or will be is refused.
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # RFC 4291
# What Python 3.11 takes for global although no photo is there.
_SPECIAL_NETWORKS = (
    ipaddress.ip_network("168.63.129.16/32"),  # Azure's platform: public by number alone
    ipaddress.ip_network("192.0.0.0/24"),  # protocol assignments, RFC 6890
    ipaddress.ip_network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
    ipaddress.ip_network("2001::/32"),  # Teredo, RFC 4380: ends at an IPv4 address of its choice
    ipaddress.ip_network("2002::/16"),  # 6to4, RFC 3056: likewise
    ipaddress.ip_network("3fff::/20"),  # documentation, RFC 9637
)
# Look-ups that hang cannot be cancelled; in threads of their own they hold up nothing else.
_LOOK_UPS = ThreadPoolExecutor(64, thread_name_prefix="look-up")

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052

# Names that do not exist will not exist at the next try; all else may be the resolver's trouble.
_NO_SUCH_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


def is_public(address: IpAddress) -> bool:
    """Whether an address belongs to the public internet.

    An IPv6 address that stands for an IPv4 address (mapped, or NAT64) is judged by that one, which
    is where packets end.
    """
    if isinstance(address, ipaddress.IPv6Address):
        carried = _carried_address(address)
        if carried is not None:
            return is_public(carried)
        if address not in _GLOBAL_UNICAST:
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _SPECIAL_NETWORKS)
    )


def _carried_address(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


async def resolve(host: str, port: int) -> Sequence[IpAddress]:
    """Ask the system for a host's addresses; spellings of addresses are hosts too.

    Raises `PhotoError` when there is no such host, `RetryError` when nobody could tell.
    """
    try:
        look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(_LOOK_UPS, look_up)
    except socket.gaierror as error:
        if error.errno in _NO_SUCH_NAME:
            raise PhotoError(PhotoErrorReason.NOT_SERVED, f"there is no host {host}") from error
        raise RetryError(f"{host} cannot be looked up: {error.strerror}") from error
    except UnicodeError as error:
        raise PhotoError(PhotoErrorReason.INVALID_URL, "the host is no valid name") from error
    return tuple(dict.fromkeys(ipaddress.ip_address(entry[4][0]) for entry in found))


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the very addresses that were checked: a second look-up could answer otherwise.

    One forbidden address of several is enough to refuse a host. TLS goes on checking the
    certificate against the host's name.

    Args:
        admits: Whether an address may be connected to.
        resolve: Finds a host's addresses.
        network: Connects; default: to the real network.
    """

    def __init__(
        self,
        *,
        admits: Callable[[IpAddress], bool] = is_public,
        resolve: Resolve = resolve,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._admits = admits
        self._resolve = resolve
        self._network = network or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers. Raises `PhotoError` for a forbidden one."""
        addresses = await self._resolve(host, port)
        for address in addresses:
            if not self._admits(address):
                raise PhotoError(
                    PhotoErrorReason.FORBIDDEN,
                    f"{host} is at {address}, which is not a public address",
                    setting="TWINLIST_PHOTOS__ALLOW_PRIVATE_ADDRESSES",
                )
        failure: httpcore.NetworkError | httpcore.TimeoutException | None = None
        for address in addresses:
            try:
                return await self._network.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                failure = error
        raise failure or PhotoError(PhotoErrorReason.NOT_SERVED, f"{host} has no address")

    async def sleep(self, seconds: float) -> None:
        """Wait; httpcore calls it between retries, of which there are none."""
        await self._network.sleep(seconds)
