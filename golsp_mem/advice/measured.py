"""What a profile measured, in the words of hovers, hints and lenses."""

from __future__ import annotations

from golsp_mem.analysis.sizes import size_text
from golsp_mem.report.model import Measured


def measured_words(measured: Measured, share: float) -> str:
    """``measured 1.2 MiB in 300 objects, 34 % of this profile``."""
    objects = "1 object" if measured.objects == 1 else f"{measured.objects} objects"
    words = f"measured {size_text(measured.bytes)} in {objects}, {percent(share)} of this profile"
    return f"{words}, with others of the line" if measured.shared else words


def percent(share: float) -> str:
    """A share from 0 to 1: ``34 %``, ``0.2 %``, ``below 0.1 %``."""
    value = share * 100
    if 0 < value < 0.1:
        return "below 0.1 %"
    return f"{value:.0f} %" if value >= 10 else f"{value:.1f} %"
