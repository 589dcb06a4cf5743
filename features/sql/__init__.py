"""SQL over collections: each statement runs in a process of its own, on copies of what it reads."""
