"""What golsp-mem offers for a module, asked of the code that ``golsp-mem fix`` runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from golsp_mem.cli.analysing import RunRequest, outcome_of
from golsp_mem.cli.fixing import fixes_of, quietly
from golsp_mem.cli.render.patch import patch
from golsp_mem.config import Settings
from tests.fixes.modules import Module


@frozen(eq=False)
class Offer:
    """One safe edit. ``texts`` are the files with it alone, ``together`` with all of the
    module's."""

    row: str
    title: str
    package: str
    texts: Mapping[Path, bytes]
    together: Mapping[Path, bytes]


def offers_of(module: Module, *, corners: bool = False) -> tuple[list[Offer], bytes]:
    """The offers, and their diff; ``corners``: with those that a person has to choose."""
    return asyncio.run(_offers(module, corners=corners))


async def _offers(module: Module, *, corners: bool) -> tuple[list[Offer], bytes]:
    request = quietly(RunRequest(module.directory, ("./...",), Settings()))
    outcome = await outcome_of(request)
    edits = await fixes_of(request, outcome, None, None, lambda one: corners or one.is_safe)
    offers = []
    for one in edits.edits:
        path = Path(one.findings[0].span.file)
        confirmer = edits.confirmers[one]
        alone = await confirmer.editor.texts([one])
        assert alone is not None, one.title
        where = f"{path.relative_to(module.directory)}:{one.findings[0].span.line}"
        offers.append(
            Offer(one.row, f"{where}: {one.title}", one.findings[0].package, alone, edits.after)
        )
    return offers, b"".join(patch(edits.before, edits.after, module.directory))
