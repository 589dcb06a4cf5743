"""Figure 2: bodies of millions of empty arrays, without and with credentials, at once."""

from __future__ import annotations

from tests.faults.support import Figure, Service, at_once, sign_up, timed, watched_memory

_JSON = {"Content-Type": "application/json"}


def measure(
    service: Service, *, size: int = 16_000_000, count: int = 8, max_mib: int = 400, settle: float = 5.0
) -> Figure:
    wide = b'{"email":"a@example.com","password":[' + b"[]," * (size // 3) + b"[]]}"
    with sign_up(service) as account, service.client() as anybody, watched_memory(service, settle=settle) as held:
        statuses = {
            timed_status
            for client, path in ((anybody, "/core/login"), (anybody, "/api/crud"), (account.client, "/api/crud"))
            for timed_status, _ in at_once(
                count, lambda _, c=client, p=path: timed(lambda: c.post(p, content=wide, headers=_JSON))
            )
        }
    peak, after = held.highest(held.peak), held.highest(held.after)
    return Figure(
        2,
        f"{count} bodies of {size // 10**6} MB of [], at once",
        f"web below {max_mib} MB",
        f"{'/'.join(map(str, sorted(statuses)))}; peak {peak} MB, after {after} MB",
        peak < max_mib and statuses <= {0, 400, 401, 413},
    )
