"""One finding as one line, for the formats that have one text for all."""

from __future__ import annotations

from golsp_mem.cli.render.printable import one_line
from golsp_mem.cli.render.wording import details
from golsp_mem.report.model import Shown


def sentence(shown: Shown) -> str:
    """Message, verdict and size, then what else explains it and which configurations have it.

    One line without control characters; not escaped for any format.
    """
    finding = shown.finding
    about = details(finding)
    told = f"{finding.message} ({about})" if about else finding.message
    told += explanation(shown)
    if shown.configurations:
        told += f" [{', '.join(shown.configurations)}]"
    return one_line(told) or finding.code.value  # readers drop what has no text


def explanation(shown: Shown) -> str:
    """What besides the code explains the finding, to be put after its message; may be empty."""
    if shown.explained_by is None:
        return ""
    return f"; explained by {shown.explained_by}, not by the code"
