"""The part that both clients share: requests as flows, retries, and what performs them."""
