"""``golsp-mem mcp``: an agent's face, by the Model Context Protocol on stdin and stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from golsp_mem import __version__
from golsp_mem.cli.options import ToolchainFlags, toolchain_options
from golsp_mem.errors import GolspMemError, UsageError

if TYPE_CHECKING:
    from golsp_mem.cli.agent import Agent

_ABOUT = """What really allocates in the Go code of this workspace, from the compiler's own output.
`check` lists allocations, worst first; `explain` says why and what helps; `confirm_edit` compiles
an edited text and says whether the allocation is gone; `profile` runs benchmarks."""


@click.command("mcp")
@toolchain_options
def command(flags: ToolchainFlags) -> int:
    """Serve agents by the Model Context Protocol (MCP) on stdin and stdout.

    Tools: check, explain, confirm_edit, profile; all below the directory (-C). `profile` runs the
    code that it measures. Needs the package mcp: pip install 'mcp>=2'.
    """
    try:
        from mcp.server.mcpserver import MCPServer  # noqa: PLC0415
    except ImportError as error:
        raise UsageError("the package mcp is not installed: pip install 'mcp>=2'") from error
    from golsp_mem.cli.agent import Agent  # noqa: PLC0415

    root = flags.root()
    server = MCPServer("golsp-mem", version=__version__, instructions=_ABOUT)
    _register(server, Agent(root, flags.settings_at))
    server.run("stdio")
    return 0


def _register(server: Any, agent: Agent) -> None:
    from mcp.server.mcpserver.exceptions import ToolError  # noqa: PLC0415

    @server.tool()  # type: ignore[untyped-decorator]
    async def check(packages: list[str] | None = None, limit: int = 50) -> dict[str, Any]:
        """Allocations of Go packages (patterns such as ./...), what is worth looking at first;
        `limit`: 1 to 200. `left_out` counts those of generated code and the like."""
        try:
            return await agent.check(packages or [], limit)
        except GolspMemError as error:
            raise ToolError(str(error)) from error

    @server.tool()  # type: ignore[untyped-decorator]
    async def explain(
        subject: str, line: int | None = None, column: int | None = None
    ) -> dict[str, Any]:
        """A code (heap-boxing) or topic (stack-growth); or a place of a Go file, as FILE:LINE or by
        `line`: why it allocates, what a call costs, what helps."""
        try:
            return await agent.explain(subject, line, column)
        except GolspMemError as error:
            raise ToolError(str(error)) from error

    @server.tool()  # type: ignore[untyped-decorator]
    async def confirm_edit(file: str, text: str, line: int) -> dict[str, Any]:
        """Compile `file` with the whole new `text` (nothing is written) and say whether the
        allocations that `line` has now are gone, and nothing else allocates instead: neither in
        the package nor in what it calls."""
        try:
            return await agent.confirm_edit(file, text, line)
        except GolspMemError as error:
            raise ToolError(str(error)) from error

    @server.tool()  # type: ignore[untyped-decorator]
    async def profile(
        packages: list[str] | None = None, bench: str = ".", limit: int = 50
    ) -> dict[str, Any]:
        """Run the benchmarks that match and give the findings with what was measured: objects and
        bytes of all rounds together."""
        try:
            return await agent.profile(packages or [], bench, limit)
        except GolspMemError as error:
            raise ToolError(str(error)) from error
