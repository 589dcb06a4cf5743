"""The colors of charts, for light and for dark pages."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Any

from pygal.style import Style

# pygal adds a finder of a kind that Python no longer knows to the import system, on which some programs fail.
sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]

_FONT = 'system-ui, -apple-system, "Segoe UI", sans-serif'


class Theme(StrEnum):
    """The page that a chart is shown on."""

    LIGHT = "light"
    DARK = "dark"


def _style(**colors: Any) -> Style:
    return Style(
        background="transparent",
        plot_background="transparent",
        font_family=_FONT,
        title_font_size=18,
        legend_font_size=13,
        label_font_size=12,
        major_label_font_size=12,
        no_data_font_size=28,
        guide_stroke_dasharray="none",
        major_guide_stroke_dasharray="none",
        opacity=".75",
        stroke_opacity="1",
        stroke_width="2",
        transition="0s",
        **colors,
    )


STYLES = {
    Theme.LIGHT: _style(
        foreground="#4b5563",
        foreground_strong="#1f2937",
        foreground_subtle="#d8dce3",
        guide_stroke_color="#e3e6eb",
        major_guide_stroke_color="#e3e6eb",
        colors=("#3f51c9", "#d1662a", "#1f8a70", "#b13a8a", "#8a6d00", "#2a7fb8", "#c23b3b", "#6b7280"),
    ),
    Theme.DARK: _style(
        foreground="#b6bdc9",
        foreground_strong="#e5e8ee",
        foreground_subtle="#3b4251",
        guide_stroke_color="#343b49",
        major_guide_stroke_color="#343b49",
        colors=("#9aa7f7", "#f0a06b", "#5fd0b0", "#e58bc8", "#e0c04f", "#7fc1ee", "#f08a8a", "#a3abb8"),
    ),
}
