"""The bytes between client and server: messages with their headers (LSP base protocol).

pygls reads what a header asks for, however much that is, and answers nothing when the client is
not to be understood. It would also wait for ever when it has to end while the client does not
read what is written.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import select
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Protocol

# A document as JSON has escapes; editors stop at 50 MB (VS Code) or long before.
MOST_MESSAGE_BYTES = 512 << 20
_MOST_HEADER_BYTES = 8192
_LENGTH = re.compile(rb"content-length:\s*(\d{1,19})\s*", re.IGNORECASE)
# A client that reads takes what is written long before.
_UNREAD_SECONDS = 5
_NUMBER = re.compile(rb"content-length:\s*[-+.\d]+\s*", re.IGNORECASE)


class NotUnderstood(Exception):
    """What comes is not LSP, or more than anybody sends: there is no way back to a message."""


class Source(Protocol):
    """Where bytes come from; both block until they have what was asked for, or the end."""

    def readline(self, size: int, /) -> bytes: ...

    def read(self, size: int, /) -> bytes: ...


def read_message(source: Source) -> bytes | None:
    """The body of the next message; None at the end. Blocks.

    Header fields that are not known are passed over. Raises NotUnderstood.
    """
    length: int | None = None
    fields, ahead = 0, b""
    while line := ahead + source.readline(_MOST_HEADER_BYTES):
        ahead = b""
        if not line.endswith(b"\n") and len(line) >= _MOST_HEADER_BYTES:
            raise NotUnderstood(f"no header of LSP has {_MOST_HEADER_BYTES} bytes in a line")
        if match := _LENGTH.fullmatch(line):
            length = int(match[1])
            if length > MOST_MESSAGE_BYTES:
                raise NotUnderstood(
                    f"a message of {length} bytes is announced, more than "
                    f"{MOST_MESSAGE_BYTES >> 20} MiB"
                )
        elif length is not None and not line.strip():
            body = source.read(length)
            return body if len(body) == length else None
        elif line.strip():
            fields += 1
            if _NUMBER.fullmatch(line):
                raise NotUnderstood("a message has no Content-Length, in bytes")
        elif fields:
            # Junk without a body is passed over. Where a body ends nobody can tell, and the client
            # would wait for an answer to it.
            fields, ahead = 0, source.read(1)
            if ahead and not ahead.isalpha():
                raise NotUnderstood("a message has no Content-Length, in bytes")
    return None


class Writer:
    """Writes messages with ``send``, which blocks until all is written or raises OSError; calls
    ``lost`` once when the client cannot be reached any more."""

    def __init__(self, send: Callable[[bytes], None], lost: Callable[[OSError], None]) -> None:
        self._send = send
        self._lost = lost
        self._gone = False
        # Whether a write waits for the client to read.
        self.busy = False

    def write(self, data: bytes) -> None:
        if self._gone:
            return
        self.busy = True
        try:
            self._send(data)
        except OSError as error:
            self._gone = True
            self._lost(error)
        except BaseException:
            # A signal ends us in the midst of a message: whatever followed would be misread.
            self._gone = True
            raise
        finally:
            self.busy = False

    def close(self) -> None:
        """Nothing is written any more; where it went to is not ours to close."""
        self._gone = True


@contextlib.contextmanager
def standard_streams() -> Iterator[tuple[Source, Callable[[bytes], None]]]:
    """stdin, and what writes to stdout."""
    output, taken = sys.stdout.fileno(), sys.stdin.fileno()

    def send(data: bytes) -> None:
        left = memoryview(data)
        while left:
            part = left
            if hasattr(select, "poll"):
                _wait_for(output, taken)
                # No more than what certainly goes through: the rest would wait in the kernel.
                part = left[: select.PIPE_BUF]
            left = left[os.write(output, part) :]

    yield sys.stdin.buffer, send


def _wait_for(output: int, taken: int) -> None:
    """Until something can be written. Raises BrokenPipeError where nobody reads and nobody will
    say anything more: a client that went away left its end to a process of its own."""
    writing, ended = select.poll(), select.poll()
    writing.register(output, select.POLLOUT)
    ended.register(taken, 0)
    while not writing.poll(_UNREAD_SECONDS * 1000):
        if any(event & select.POLLHUP for _, event in ended.poll(0)):
            raise BrokenPipeError(errno.EPIPE, "nobody reads what is written, and stdin has ended")


@contextlib.contextmanager
def one_connection(port: int) -> Iterator[tuple[Source, Callable[[bytes], None]]]:
    """The first client that connects to a TCP port of this machine. Raises OSError when the
    port cannot be had."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        connection, _ = listening.accept()
    with connection, connection.makefile("rb") as source:
        try:
            yield source, connection.sendall
        finally:
            # Whoever reads it in another thread would keep it from being closed.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
