"""Restrictions and changes of keys, and the limits of teams."""
