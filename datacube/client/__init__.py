"""A client of a running service, for the commands `datacube import` and `datacube export`."""
