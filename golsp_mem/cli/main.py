"""``golsp-mem``: one command line, and what happens when it fails.

Nothing is imported before it is needed: ``--version`` takes little longer than Python.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys

from golsp_mem import __version__
from golsp_mem.cli.exit_codes import BROKEN_PIPE, INTERRUPTED, OWN_FAILURE, SIGNALLED, USAGE
from golsp_mem.cli.interrupts import Terminated
from golsp_mem.errors import GolspMemError

TRACEBACK_VARIABLE = "GOLSP_MEM_TRACEBACK"
COMPLETION_VARIABLE = "_GOLSP_MEM_COMPLETE"


def main(argv: list[str] | None = None) -> int:
    """Run one command line (``sys.argv`` by default) and return its exit status.

    Never raises: each failure becomes one line on stderr. ``GOLSP_MEM_TRACEBACK=1`` adds
    the traceback of unexpected ones.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments == ["--version"]:
            # Editors and scripts ask each time they start: click alone takes as long as Python.
            sys.stdout.write(f"golsp-mem {__version__}\n")
            status = 0
        else:
            status = _status_of(arguments)
        sys.stdout.flush()
    except GolspMemError as error:
        return _fail(str(error), error.exit_status)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Terminated as error:
        return SIGNALLED + error.number
    except BrokenPipeError:
        _silence_stdout()
        return BROKEN_PIPE
    except OSError as error:
        if error.errno not in (errno.EBADF, errno.ENOSPC) or error.filename is not None:
            return _unexpected(error)
        return _fail(f"cannot write to stdout: {error.strerror}", OWN_FAILURE)
    except Exception as error:  # noqa: BLE001 - the last line of defence; it tells the user
        return _unexpected(error)
    return status


def _unexpected(error: Exception) -> int:
    if os.environ.get(TRACEBACK_VARIABLE):
        import traceback  # noqa: PLC0415 - only on failure

        traceback.print_exception(error)
    return _fail(
        f"internal error: {type(error).__name__}: {error} "
        f"(please report it with the output of {TRACEBACK_VARIABLE}=1)",
        OWN_FAILURE,
    )


def entry() -> None:
    """The program: `main`, and then the end, whatever a thread still computes.

    A run that was interrupted has ended its processes and removed its files by then; a thread in
    the middle of a large package would keep the interpreter alive.
    """
    _fill_closed()
    status = main()
    if status == INTERRUPTED or status > SIGNALLED:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except (OSError, ValueError):
            pass
        os._exit(status)
    if status:
        try:
            sys.stdout.flush()
        except (OSError, ValueError):
            _silence_stdout()
    sys.exit(status)


def _fill_closed() -> None:
    """Put something where a caller closed a standard stream (``>&-``, a daemon): else the next file
    that is opened gets its number. What is written to a closed stdout is an error as before."""
    for number, name, flags in (
        (0, "stdin", os.O_RDONLY), (1, "stdout", os.O_RDONLY), (2, "stderr", os.O_WRONLY)
    ):  # fmt: skip
        if getattr(sys, name) is None:
            found = os.open(os.devnull, flags)
            if found != number:
                os.dup2(found, number)
                os.close(found)
            mode = "r" if number == 0 else "w"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def _status_of(arguments: list[str]) -> int:
    """Run one command line; what click says of it becomes a line and a status."""
    from golsp_mem.cli.repeated import key_of, status_of  # noqa: PLC0415 - not for --version

    _heed_children()
    key = key_of(arguments)
    if key is not None and (known := status_of(key)) is not None:
        return known
    import click  # noqa: PLC0415 - not for what is repeated

    try:
        status = _dispatch(arguments, key)
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
    except click.Abort:
        return INTERRUPTED
    return status if isinstance(status, int) else 0


def _heed_children() -> None:
    """A caller that ignores SIGCHLD hands that on: how a child ended could not be asked."""
    import signal  # noqa: PLC0415 - not for --version

    # ValueError: in a thread, where a program calls `main`.
    with contextlib.suppress(AttributeError, ValueError):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _dispatch(arguments: list[str], key: str | None) -> object:
    from golsp_mem.cli.group import group  # noqa: PLC0415 - not for --version

    # Not group.main(): it answers a broken pipe and Ctrl-C itself, with other statuses.
    completion = os.environ.get(COMPLETION_VARIABLE)
    if completion:
        from click.shell_completion import shell_complete  # noqa: PLC0415 - for shells only

        return shell_complete(group, {}, "golsp-mem", COMPLETION_VARIABLE, completion)
    with group.make_context("golsp-mem", arguments, obj=key) as context:
        return group.invoke(context)


def _fail(message: str, status: int) -> int:
    # A character that the terminal has no code for is no reason to fail twice: click knows.
    import click  # noqa: PLC0415

    from golsp_mem.cli.render.printable import one_line  # noqa: PLC0415 - only on failure

    # The status tells it all the same where stderr cannot be written: 1 would mean findings.
    with contextlib.suppress(OSError):
        click.echo(f"golsp-mem: {one_line(message)}", err=True)
    return status


def _silence_stdout() -> None:
    # Python flushes stdout once more at exit and would complain there about the same pipe.
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return
