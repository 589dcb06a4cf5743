"""A dialect of one route, which tests/test_new_surface.py adds to a copy of the project."""
