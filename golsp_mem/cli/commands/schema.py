"""``golsp-mem schema``: the JSON schema of golsp-mem.toml, for editors that check TOML."""

from __future__ import annotations

from importlib import resources

import click

from golsp_mem.cli.output import write_stdout


@click.command("schema")
def command() -> int:
    """Print the JSON schema of golsp-mem.toml."""
    file = resources.files("golsp_mem").joinpath("golsp-mem.schema.json")
    write_stdout([file.read_bytes()])
    return 0
