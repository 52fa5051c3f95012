"""The group of commands, each imported when it is called: ``--help`` needs click alone."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import ClassVar

import click

from golsp_mem import __version__


class LazyGroup(click.Group):
    """A group whose commands live in modules of this package that load on demand."""

    summaries: ClassVar[Mapping[str, str]] = {
        "check": "Report what really allocates in Go packages.",
        "profile": "Run benchmarks and show what each line of them allocates.",
        "report": "Write a page that shows what allocates, where and why.",
        "fix": "Apply the edits that the compiler has confirmed.",
        "diff": "Show what two revisions or results allocate differently.",
        "compare": "Show what another Go release or target allocates differently.",
        "merge": "Join the results of several machines.",
        "explain": "Explain a topic, a code, or a place in your code.",
        "schema": "Print the JSON schema of golsp-mem.toml.",
        "doctor": "Say which Go is used and why, and what is wrong with the set-up.",
        "serve": "Run the language server on stdin and stdout.",
        "mcp": "Serve agents (Model Context Protocol) on stdin and stdout.",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        return list(self.summaries)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in self.summaries:
            return None
        module = importlib.import_module(f"golsp_mem.cli.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="golsp-mem", message="%(prog)s %(version)s")
def group() -> None:
    """The truth about memory in Go code: what the compiler really emitted, and why."""
