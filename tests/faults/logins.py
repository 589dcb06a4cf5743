"""Figure 9: logins at once, each of which hashes a password."""

from __future__ import annotations

from tests.faults.support import Figure, Service, at_once, timed, watched_memory


def measure(service: Service, *, count: int = 64, max_mib: int = 400, settle: float = 5.0) -> Figure:
    with service.client() as anybody, watched_memory(service, settle=settle) as held:

        def log_in(number: int) -> int:
            body = {"email": f"nobody-{number}@example.com", "password": "a-wrong-password"}
            return timed(lambda: anybody.post("/core/login", json=body))[0]

        statuses = set(at_once(count, log_in))
    peak, after = held.highest(held.peak), held.highest(held.after)
    return Figure(
        9,
        f"{count} logins at once",
        f"web below {max_mib} MB",
        f"{'/'.join(map(str, sorted(statuses)))}; peak {peak} MB, after {after} MB",
        peak < max_mib and statuses <= {401, 429, 503},
    )
