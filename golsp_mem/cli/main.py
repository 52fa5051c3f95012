"""``golsp-mem``: the group of commands, and what happens when one of them fails.

Commands are imported when they are called: ``--help`` and ``--version`` need click alone.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import ClassVar, NoReturn

import click

from golsp_mem import __version__
from golsp_mem.cli.exit_codes import BROKEN_PIPE, INTERRUPTED, OWN_FAILURE, SIGNALLED, USAGE
from golsp_mem.cli.interrupts import Terminated
from golsp_mem.errors import GolspMemError

TRACEBACK_VARIABLE = "GOLSP_MEM_TRACEBACK"
COMPLETION_VARIABLE = "_GOLSP_MEM_COMPLETE"


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


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (``sys.argv`` by default) and return its exit status.

    Never raises: each failure becomes one line on stderr. ``GOLSP_MEM_TRACEBACK=1`` adds
    the traceback of unexpected ones.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _dispatch(arguments)
        sys.stdout.flush()
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return USAGE
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "golsp-mem"
        return _fail(f"{error.format_message().rstrip('.')} (see {command} --help)", USAGE)
    except click.ClickException as error:
        return _fail(error.format_message(), USAGE)
    except GolspMemError as error:
        return _fail(str(error), error.exit_status)
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except Terminated as error:
        return SIGNALLED + error.number
    except BrokenPipeError:
        _silence_stdout()
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the last line of defence; it tells the user
        if os.environ.get(TRACEBACK_VARIABLE):
            traceback.print_exc()
        return _fail(
            f"internal error: {type(error).__name__}: {error} "
            f"(please report it with the output of {TRACEBACK_VARIABLE}=1)",
            OWN_FAILURE,
        )
    return status if isinstance(status, int) else 0


def entry() -> NoReturn:
    """The program: `main`, and then the end, whatever a thread still computes.

    A run that was interrupted has ended its processes and removed its files by then; a thread in
    the middle of a large package would keep the interpreter alive.
    """
    status = main()
    if status == INTERRUPTED or status > SIGNALLED:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def _dispatch(arguments: list[str]) -> object:
    # Not group.main(): it answers a broken pipe and Ctrl-C itself, with other statuses.
    completion = os.environ.get(COMPLETION_VARIABLE)
    if completion:
        from click.shell_completion import shell_complete  # noqa: PLC0415 - for shells only

        return shell_complete(group, {}, "golsp-mem", COMPLETION_VARIABLE, completion)
    with group.make_context("golsp-mem", arguments) as context:
        return group.invoke(context)


def _fail(message: str, status: int) -> int:
    from golsp_mem.cli.render.printable import one_line  # noqa: PLC0415 - only on failure

    click.echo(f"golsp-mem: {one_line(message)}", err=True)
    return status


def _silence_stdout() -> None:
    # Python flushes stdout once more at exit and would complain there about the same pipe.
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return
