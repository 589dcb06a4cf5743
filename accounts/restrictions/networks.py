"""The networks from which a key may be used, and its numbers of requests."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any, TypedDict, cast

from engine import FieldError, Forbidden
from engine.errors import invalid
from web.caller import caller_address

MAX_NETWORKS = 100
MAX_REQUESTS = 1_000_000_000
Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
_NOT_A_NETWORK = "Must be an address or a network such as 203.0.113.7, 198.51.100.0/24 or 2001:db8::/32."


class Restrictions(TypedDict, total=False):
    """Networks, requests a minute, and requests a day (UTC) of a key; None stands for no restriction."""

    addresses: Sequence[str] | None
    rate: int | None
    daily_quota: int | None


NO_RESTRICTIONS: Restrictions = {"addresses": None, "rate": None, "daily_quota": None}


def of_row(row: Any) -> Restrictions | None:
    """Return the restrictions of a key's row; None for None."""
    if row is None:
        return None
    return {"addresses": row.addresses, "rate": row.rate, "daily_quota": row.daily_quota}


def within(values: Restrictions, acting: Restrictions | None) -> Restrictions:
    """Return checked restrictions; those of the key that sets them, `acting`, take the place of None.

    Raises `Invalid` with every error, and `Forbidden` for wider restrictions than those of `acting`.
    """
    errors = [*_address_errors(values.get("addresses")), *_number_errors(values)]
    if errors:
        raise invalid(errors)
    result: dict[str, Any] = {**values}
    if (addresses := values.get("addresses")) is not None:
        result["addresses"] = [*dict.fromkeys(_shortest(text) for text in addresses)]
    for name, bound in cast(dict[str, Any], acting or {}).items():
        if bound is None or name not in result:
            continue
        if result[name] is None:
            result[name] = bound
        elif not (_is_inside(result[name], bound) if name == "addresses" else result[name] <= bound):
            raise Forbidden("A key cannot give more than it has itself.")
    return cast(Restrictions, result)


def _address_errors(texts: Sequence[str] | None) -> list[FieldError]:
    if texts is None:
        return []
    if not 0 < len(texts) <= MAX_NETWORKS:
        return [FieldError("addresses", f"Name from 1 to {MAX_NETWORKS} networks, or null for all.")]
    return [FieldError(f"addresses.{i}", _NOT_A_NETWORK) for i, text in enumerate(texts) if not _is_network(text)]


def _number_errors(values: Restrictions) -> list[FieldError]:
    text = f"Must be from 1 to {MAX_REQUESTS}, or null for no limit."
    numbers = (("rate", values.get("rate")), ("daily_quota", values.get("daily_quota")))
    return [
        FieldError(name, text) for name, value in numbers if value is not None and not 0 < value <= MAX_REQUESTS
    ]


def parsed(texts: Sequence[str] | None) -> Networks:
    """Return stored networks for `check_caller`; empty where a key may be used from everywhere."""
    return tuple(ipaddress.ip_network(text) for text in texts or ())


def check_caller(networks: Networks) -> None:
    """Raise `Forbidden` unless the current request comes from one of the networks, if there is any."""
    if not networks:
        return
    address = caller_address()
    if address is None or not any(address in network for network in networks):
        raise Forbidden(
            f"This key may not be used from {address or 'an unknown address'}. An owner of its team can change its "
            "`addresses`."
        )


def caller_text() -> str:
    """Return the address of the current request's caller; an empty text where it is unknown."""
    return str(caller_address() or "")


def _is_inside(texts: Sequence[str], outer: Sequence[str]) -> bool:
    """Return whether every network is in one of the outer ones."""
    bounds = parsed(outer)
    return all(any(_is_subnet(network, bound) for bound in bounds) for network in parsed(texts))


def _is_subnet(network: Any, bound: Any) -> bool:
    return network.version == bound.version and bool(network.subnet_of(bound))


def _shortest(text: str) -> str:
    network = ipaddress.ip_network(text, strict=False)
    mapped = isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped
    if mapped and network.prefixlen >= 96:
        network = ipaddress.ip_network((mapped, network.prefixlen - 96), strict=False)
    return str(network.network_address if network.prefixlen == network.max_prefixlen else network)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
