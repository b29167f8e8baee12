"""Which addresses count as public."""

from ipaddress import ip_address

import pytest

from stream.adapters.photos.addresses import is_public, resolve
from stream.domain.errors import PhotoError


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::808:808"],
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2001:db8::1",
        "2002:a00:1::1",
        "fc00::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_addresses_of_other_networks_are_not(address: str) -> None:
    assert not is_public(ip_address(address))


async def test_spellings_of_an_address_are_resolved_to_it() -> None:
    for host in ("127.0.0.1", "2130706433", "0x7f.0.0.1", "0177.1"):
        assert list(await resolve(host, 80)) == [ip_address("127.0.0.1")]


async def test_a_host_that_is_no_name_is_refused() -> None:
    with pytest.raises(PhotoError, match="no valid name"):
        await resolve("a" * 64 + ".test", 80)
