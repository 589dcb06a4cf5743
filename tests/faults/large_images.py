"""Figure 3: images of almost MAX_IMAGE_PIXELS, uploaded at once."""

from __future__ import annotations

import io

from PIL import Image

from tests.faults.support import Figure, Service, at_once, sign_up, timed, watched_memory


def measure(
    service: Service, *, side: int = 6_300, count: int = 12, max_mib: int = 400, settle: float = 5.0
) -> Figure:
    target = io.BytesIO()
    Image.new("RGBA", (side, side)).save(target, format="PNG")
    content = target.getvalue()
    with sign_up(service) as account, watched_memory(service, settle=settle) as held:
        path = f"/db/{account.database}/media"

        def upload(number: int) -> int:
            files = {"file": (f"{number}.png", content, "image/png")}
            return timed(lambda: account.client.post(path, files=files))[0]

        statuses = set(at_once(count, upload))
    peak, after = held.highest(held.peak), held.highest(held.after)
    return Figure(
        3,
        f"{count} PNGs of {side} x {side} at once",
        f"web below {max_mib} MB",
        f"{'/'.join(map(str, sorted(statuses)))}; peak {peak} MB, after {after} MB",
        peak < max_mib and statuses <= {201, 503},
    )
