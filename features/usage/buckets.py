"""The buckets into which durations of requests are counted."""

# Their upper ends in milliseconds; the last one has none.
BOUNDS = (1, 2, 5, 10, 20, 50, 100, 250, 1_000, 5_000)
BUCKETS = tuple(f"b{number}" for number in range(len(BOUNDS) + 1))
