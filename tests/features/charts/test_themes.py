"""Colors of charts can be read on the pages of the dashboard."""

from __future__ import annotations

import subprocess
import sys

import pytest

from datacube.local.paths import ROOT
from features.charts.themes import STYLES, Theme

PAGES = {Theme.LIGHT: "#ffffff", Theme.DARK: "#1b1f29"}


def luminance(color: str) -> float:
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(first: str, second: str) -> float:
    low, high = sorted([luminance(first), luminance(second)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", Theme)
def test_contrast(theme: Theme) -> None:
    style = STYLES[theme]
    for color in (style.foreground, style.foreground_strong):
        assert contrast(color, PAGES[theme]) >= 4.5
    for color in style.colors:
        assert contrast(color, PAGES[theme]) >= 3, color


@pytest.mark.slow
def test_the_library_leaves_nothing_in_the_import_system() -> None:
    program = "import sys, features.charts.themes; print([x for x in sys.meta_path if not hasattr(x, 'find_spec')])"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("[]\n", "")
