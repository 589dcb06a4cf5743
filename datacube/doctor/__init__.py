"""`datacube doctor`: checks an installation, one module for each kind of part."""
