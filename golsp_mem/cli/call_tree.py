"""``golsp-mem check --function NAME``: what one function allocates with all that it calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from golsp_mem.cli.exit_codes import CLEAN
from golsp_mem.cli.output import write
from golsp_mem.cli.render.formats import Form
from golsp_mem.cli.running import run
from golsp_mem.cli.stderr import tell
from golsp_mem.config import Settings
from golsp_mem.errors import BuildFailed, UsageError
from golsp_mem.report.json.jsons import dumps
from golsp_mem.report.json.paths import PathBase


def show_tree(
    function: str, patterns: Sequence[str], settings: Settings, directory: Path,
    forms: Sequence[Form],
) -> int:  # fmt: skip
    """Print the tree. Raises UsageError for other formats and for functions that are not there,
    BuildFailed, ToolchainError, ArchiveError. The status is that of what does not build beside the
    function's package, else 0."""
    for form in forms:
        if form.name not in ("text", "json"):
            raise UsageError(f"--function writes text or json, not {form.name}")
    # These take their time to import.
    from golsp_mem.analysis.call_program import CallPrograms  # noqa: PLC0415
    from golsp_mem.analysis.engine import Engine  # noqa: PLC0415
    from golsp_mem.cli.render.terminal.call_tree import tree_json, tree_text  # noqa: PLC0415

    engine = Engine(settings, directory)
    program = run(CallPrograms().of(engine, patterns, tests=settings.tests))
    tree = program.tree(function)
    cost = program.cost_of(function)
    assert cost is not None
    program.keep()
    show = PathBase(directory).show
    for trouble in program.chains.through.bodies.unread.values():
        forms[0].tell(trouble)
    for form in forms:
        if form.name == "json":
            document = tree_json(program, tree, cost.further.unknown, show)
            text = dumps(document, indent=2) + "\n"
        else:
            text = "\n".join(tree_text(tree, len(cost.further.unknown), show)) + "\n"
        write([text.encode()], form.output)
    for line in program.broken:
        tell(line)
    return BuildFailed.exit_status if program.broken else CLEAN
