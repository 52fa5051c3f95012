"""Has a run of the program done by the loader of `tests.program`, as if it were this process.

``python -IS start.py SOCKET ARGUMENT…`` passes on its arguments, directory, environment, standard
streams and signals, and ends as the run ends. It must start fast: nothing but C modules here.
"""

import _socket
import array
import marshal
import os
import sys

# A length in front of what is asked.
HEAD_BYTES = 4


# Arguments, directory, environment, and the most bytes of memory (0: without a limit).
Asked = tuple[list[str], str, dict[str, str], int]


def ask(path: str, run: Asked, files: list[int]) -> _socket.socket:
    """The line on which the run tells its process ID, then its status: numbers in lines.

    ``files`` become its standard input, output and error. It ends when the line is closed.
    """
    line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    line.connect(path)
    asked = marshal.dumps(run)
    head = len(asked).to_bytes(HEAD_BYTES, "big")
    rights = array.array("i", files)
    line.sendmsg([head], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
    line.sendall(asked)
    return line


def read_number(line: _socket.socket) -> int:
    """The next one.

    :raises ValueError: the other end is gone
    """
    text = b""
    while not text.endswith(b"\n"):
        got = line.recv(1)
        if not got:
            break
        text += got
    return int(text)


def _main() -> None:
    import signal

    _, path, *arguments = sys.argv
    # Not pathlib: it takes as long to import as all else here.
    line = ask(path, (arguments, os.getcwd(), dict(os.environ), 0), [0, 1, 2])  # noqa: PTH109
    pid = read_number(line)
    for handed_on in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(handed_on, lambda got, _: os.kill(pid, got))
    for number in (0, 1, 2):
        os.close(number)
    status = read_number(line)
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


if __name__ == "__main__":
    _main()
