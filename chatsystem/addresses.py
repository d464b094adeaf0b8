"""Where a request comes from, as far as that can be known, and what is kept of it."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address

# Kept of people's addresses: enough to recognise a place by, too little to find a home.
KEPT_BITS = {4: 24, 6: 48}
# Counted together: a home has one IPv4 address, but a /64 of IPv6 at least, and may use all of it.
COUNTED_BITS = {4: 32, 6: 64}


def client_address(request: HttpRequest) -> Address | None:
    """Return the address that the request came from; None where there is none, as over a unix socket.

    `X-Forwarded-For` is believed as far as proxies that FORWARDED_ALLOW_IPS names wrote it: the last address in it that
    isn't one of theirs. What stands before that, the client may have invented.
    """
    address = _parse(request.META.get("REMOTE_ADDR", ""))
    for text in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        if address is not None and not is_proxy(address):
            return address
        forwarded = _parse(text)
        if forwarded is None:
            return address
        address = forwarded
    return address


def is_proxy(address: Address) -> bool:
    """Whether it's one of the named proxies."""
    return any(address in network for network in settings.FORWARDED_ALLOW_IPS)


def kept_part(address: Address | None) -> str:
    """Return what sessions keep of an address, as 203.0.113.0/24; empty where there is none."""
    return _prefix(address, KEPT_BITS)


def counted_part(address: Address | None) -> str:
    """Return what limits count by, as 203.0.113.7/32; whoever has no address is counted together."""
    return _prefix(address, COUNTED_BITS)


def _prefix(address: Address | None, bits: dict[int, int]) -> str:
    if address is None:
        return ""
    return str(ip_network((address, bits[address.version]), strict=False))


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    # One machine must not have two names: a dual-stack socket tells IPv4 addresses as ::ffff:203.0.113.7.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
