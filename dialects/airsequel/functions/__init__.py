"""Functions: their management, and the route that calls them."""
