"""``golsp-mem serve``: the language server. The only door from here to golsp_mem.lsp."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("serve")
@click.option("--tcp", "tcp_port", metavar="PORT", type=click.IntRange(1, 65535),
              help="Listen on 127.0.0.1:PORT instead of stdin and stdout.")  # fmt: skip
@click.option("--stdio", is_flag=True, help="Accepted because editors pass it; the default.")
@click.option("--log-file", metavar="FILE", help="Write the log to FILE instead of stderr.")
@click.option("--go", "go_path", metavar="PATH", help="The go command to use.")
def command(tcp_port: int | None, stdio: bool, log_file: str | None, go_path: str | None) -> int:
    """Run the language server (LSP) on stdin and stdout; editors start it."""
    if stdio and tcp_port is not None:
        raise click.UsageError("--stdio and --tcp exclude each other")
    # pygls takes 0.4 s to import, which no other command should pay.
    from golsp_mem.lsp.server import run  # noqa: PLC0415

    return run(tcp_port, log_file=Path(log_file) if log_file else None, go_path=go_path)
