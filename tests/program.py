"""The program, loaded once for many runs: two thousand starts cost more than what they do.

Half of a short run's CPU time is Python importing the program. A loader does that once; each run
is a fork of it, which has its own arguments, environment, directory and streams and then goes
through `golsp_mem.cli.main.entry`, as ``python -m golsp_mem`` does.
What depends on how Python starts is not asked here: see `starts_alone`.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import marshal
import os
import pkgutil
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from typing import NoReturn

from attrs import frozen

from tests import start

HERE = Path(__file__).parent
# What only the interpreter reads, when it starts.
_OF_THE_START = ("PYTHON", "LC_", "LANG", "MALLOC", "LD_", "COVERAGE")


@frozen
class Done:
    """How a run ended: its status (negative: the signal that ended it) and what it wrote."""

    status: int
    stdout: str
    stderr: str


def starts_alone(env: Mapping[str, str] | None) -> bool:
    """Whether a run with this environment needs an interpreter of its own. None: with ours."""
    if env is None or not hasattr(os, "pidfd_open"):
        return not hasattr(os, "pidfd_open")
    names = {name for name in {*env, *os.environ} if name.startswith(_OF_THE_START)}
    return any(env.get(one) != os.environ.get(one) for one in names)


def run(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    seconds: float = 300,
    memory_bytes: int = 0,
    errors: str = "strict",
) -> Done:
    """One run of ``golsp-mem ARGUMENTS``, with so much memory (0: without a limit).

    :raises TimeoutError: it took longer, and was killed
    """
    given = os.environ if env is None else env
    argv = [sys.executable, "-m", "golsp_mem", *arguments]
    with (
        Path(os.devnull).open("rb") as nothing,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        if starts_alone(given):
            process = subprocess.Popen(
                argv, cwd=cwd, env=given, stdin=nothing, stdout=out, stderr=err,
                preexec_fn=partial(_limit, memory_bytes) if memory_bytes else None,  # noqa: PLW1509
            )  # fmt: skip
            try:
                status = process.wait(seconds)
            except subprocess.TimeoutExpired as error:
                process.kill()
                process.wait()
                raise TimeoutError(f"{argv}: still running after {seconds} s") from error
        else:
            files = [one.fileno() for one in (nothing, out, err)]
            asked = (list(arguments), os.fspath(cwd), dict(given), memory_bytes)
            with closing(start.ask(loader(), asked, files)) as line:
                line.settimeout(seconds)
                start.read_number(line)
                status = start.read_number(line)
        written = []
        for stream in (out, err):
            stream.seek(0)
            written.append(stream.read().decode("utf-8", errors))
    return Done(status, *written)


def command(*arguments: str, env: Mapping[str, str] | None = None) -> list[str]:
    """``golsp-mem ARGUMENTS`` for one who starts processes. Its process ID may be another's than
    the program's, which gets the same signals and does not outlive it."""
    if starts_alone(env):
        return [sys.executable, "-m", "golsp_mem", *arguments]
    return [sys.executable, "-IS", str(HERE / "start.py"), loader(), *arguments]


@cache
def loader() -> str:
    """The socket of this process's loader, which ends with it."""
    place = tempfile.mkdtemp(prefix="golsp-mem-loader-")
    path = f"{place}/s"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.program", str(listener.fileno())],
        cwd=HERE.parent,
        pass_fds=[listener.fileno()],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    listener.close()

    def end() -> None:
        process.communicate()
        shutil.rmtree(place, ignore_errors=True)

    atexit.register(end)
    return path


def _load() -> None:
    import golsp_mem

    for module in pkgutil.walk_packages(golsp_mem.__path__, "golsp_mem."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def _serve(listener: socket.socket) -> list[str] | None:
    """In each fork the arguments of its run; None once nobody can ask any more."""
    while True:
        ready, _, _ = select.select([0, listener.fileno()], [], [])
        if 0 in ready:
            return None
        line, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            return _become(line)
        line.close()
        _reap()


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _become(line: socket.socket) -> list[str]:
    """Make a process that is the one that was asked for, and wait for it."""
    head, files, _, _ = socket.recv_fds(line, start.HEAD_BYTES, 3)
    rest = int.from_bytes(head, "big")
    asked = b""
    while len(asked) < rest:
        asked += line.recv(rest - len(asked))
    arguments, directory, env, memory_bytes = marshal.loads(asked)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    pid = os.fork()
    if pid:
        for number in range(3):
            os.close(number)
        _wait(pid, line)
    line.close()
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(env)
    _limit(memory_bytes)
    return list(arguments)


def _limit(memory_bytes: int) -> None:
    if memory_bytes:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _wait(pid: int, line: socket.socket) -> NoReturn:
    """Tell who runs and how it ended."""
    try:
        line.sendall(f"{pid}\n".encode())
        ended = os.pidfd_open(pid)
        if ended not in select.select([ended, line], [], [])[0]:
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        line.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    finally:
        os._exit(0)


def _main() -> None:
    _load()
    arguments = _serve(socket.socket(fileno=int(sys.argv[1])))
    if arguments is None:
        return
    from golsp_mem.cli.main import entry

    sys.argv = [str(HERE.parent / "golsp_mem" / "__main__.py"), *arguments]
    try:
        entry()
    except SystemExit as end:
        # What the interpreter does at its end, but for taking all modules apart.
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code if isinstance(end.code, int) else end.code is not None)


if __name__ == "__main__":
    _main()
