"""``golsp-mem mcp``: an agent's face, by the Model Context Protocol on stdin and stdout."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from golsp_mem import __version__
from golsp_mem.cli.options import ToolchainFlags, toolchain_options
from golsp_mem.errors import GolspMemError, UsageError
from golsp_mem.report.json.characters import whole_characters

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

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
    server = _server()
    from golsp_mem.cli.agent import Agent  # noqa: PLC0415

    root = flags.root()
    _register(server, Agent(root, flags.settings_at))
    given = sys.stdin  # One that nobody holds closes what it reads.
    sys.stdin = io.TextIOWrapper(io.BufferedReader(_Answerable(given.buffer)))
    server.run("stdio")
    return 0


def _server() -> Any:
    """A server without tools. Raises UsageError where the SDK is not installed."""
    try:
        from mcp.server.mcpserver import MCPServer  # noqa: PLC0415
        from mcp.server.mcpserver.exceptions import ToolError  # noqa: PLC0415
    except ImportError as error:
        raise UsageError("the package mcp is not installed: pip install 'mcp>=2'") from error

    class Server(MCPServer):  # type: ignore[misc, unused-ignore]
        async def call_tool(
            self, name: str, arguments: Mapping[str, Any], context: Any = None
        ) -> Any:
            # The SDK passes over arguments that it does not know.
            known = {tool.name: tool.input_schema["properties"] for tool in await self.list_tools()}
            unknown = sorted(arguments.keys() - known.get(name, arguments))
            if unknown:
                has = ", ".join(known[name])
                raise ToolError(f"{name} has no argument {unknown[0][:60]!r}; it has: {has}")
            return await super().call_tool(name, dict(arguments), context)

    # A client may never read stderr: a line for each refused call fills its pipe.
    return Server("golsp-mem", version=__version__, instructions=_ABOUT, log_level="ERROR")


class _Answerable(io.RawIOBase):
    """Lines of JSON, made such that the SDK answers them: half a character becomes U+FFFD, as in a
    file that it would be written to, parameters that are no object some that no method has.

    :param source: where the lines come from
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not self._left:
            line = self._source.readline().decode("utf-8", "replace")
            self._left = _with_an_object(whole_characters(line)).encode()
        view = memoryview(buffer).cast("B")
        count = min(len(view), len(self._left))
        view[:count], self._left = self._left[:count], self._left[count:]
        return count


def _with_an_object(line: str) -> str:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return line
    params = message.get("params") if isinstance(message, dict) else None
    if params is None or isinstance(params, dict):
        return line
    # `_meta` is an object everywhere: invalid parameters (-32602), or no such method (-32601).
    return json.dumps({**message, "params": {"_meta": 0}}) + "\n"


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
