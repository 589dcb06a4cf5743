"""Lets `python -m datacube` run the project's command."""

import sys

from datacube import cli

if __name__ == "__main__":
    sys.exit(cli.main(sys.argv[1:]))
