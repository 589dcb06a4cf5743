"""A production installation without Docker, whose parts are killed. Its clients are those of `clients/python`."""

import sys

from datacube.local.paths import ROOT

sys.path.insert(0, str(ROOT / "clients" / "python"))
