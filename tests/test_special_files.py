"""Only regular files are read, and of those not more than a cap."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from golsp_mem.analysis.cache.digests import Digests
from golsp_mem.analysis.dependencies import SourceCache
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.errors import ConfigError
from golsp_mem.files import read_regular
from golsp_mem.lsp.state.files import go_files, read_texts
from golsp_mem.options import FILE_NAME, read_file
from golsp_mem.toolchain.patterns import nothing_named

pytestmark = pytest.mark.skipif(os.name != "posix", reason="special files of POSIX")


def test_a_regular_file_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.go"
    file.write_bytes(b"package a\n" * 200_000)
    assert read_regular(file) == b"package a\n" * 200_000
    (tmp_path / "link.go").symlink_to(file)
    assert read_regular(str(tmp_path / "link.go")) == file.read_bytes()
    assert read_regular(file, most=2_000_000) == file.read_bytes()
    (tmp_path / "empty.go").touch()
    assert read_regular(tmp_path / "empty.go") == b""


def test_names_that_are_no_utf8_are_read(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.go")
    Path(name).write_bytes(b"x")
    assert read_regular(name) == b"x"


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


SPECIAL = {
    "a device without end": lambda path: path.symlink_to("/dev/zero"),
    "the terminal": lambda path: path.symlink_to("/dev/tty"),
    "a named pipe": _fifo,
    "a link to a directory": lambda path: path.symlink_to(path.parent),
    "a link to itself": lambda path: path.symlink_to(path),
    "a socket": _socket,
    "a terabyte": _sparse,
    "nothing": lambda path: path.symlink_to(path.parent / "gone"),
}


@pytest.mark.parametrize("kind", SPECIAL)
def test_anything_else_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "z_windows.go"
    SPECIAL[kind](path)
    with pytest.raises(OSError) as caught:
        read_regular(path)
    assert caught.value.strerror
    assert caught.value.filename == str(path)


def test_a_name_that_no_file_has(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="NUL") as caught:
        read_regular(f"{tmp_path}/a\0.go")
    assert caught.value.errno == errno.EINVAL


@pytest.mark.skipif(not Path("/proc/self/fd/0").exists(), reason="no /proc")
def test_our_own_standard_input_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "z_windows.go").symlink_to("/proc/self/fd/0")
    program = (
        "import sys; from golsp_mem.files import read_regular\n"
        "try: read_regular(sys.argv[1])\n"
        "except OSError as error: print(error.strerror)\n"
        "print(sys.stdin.read())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "z_windows.go")],
        input="for the server",
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout == "not a regular file\nfor the server\n"


@pytest.mark.skipif(not Path("/proc/self/pagemap").exists(), reason="no /proc")
def test_what_has_no_size_is_not_read() -> None:
    assert read_regular("/proc/self/pagemap") == b""


@pytest.mark.parametrize("kind", SPECIAL)
def test_the_package_beside_a_special_file_is_read(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a.go").write_text("package a\n")
    SPECIAL[kind](tmp_path / "z_windows.go")
    texts = read_texts(go_files(str(tmp_path)))
    assert [text.text for text in texts.values()] == ["package a\n"]
    assert SourceCache().text(str(tmp_path / "z_windows.go")) is None
    assert Digests().of(str(tmp_path / "z_windows.go")) == ""
    assert SourceTexts().lines(str(tmp_path / "z_windows.go")) == []


def test_many_links_to_one_large_file_do_not_fill_the_memory(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(60 << 20)
    for number in range(40):
        (tmp_path / f"z{number}_windows.go").symlink_to(large)
    texts = read_texts(go_files(str(tmp_path)))
    assert 0 < sum(len(text.text) for text in texts.values()) <= 256 << 20


@pytest.mark.parametrize("kind", sorted(set(SPECIAL) - {"a link to a directory"}))
def test_settings_that_are_no_file_are_told_not_passed_over(kind: str, tmp_path: Path) -> None:
    SPECIAL[kind](tmp_path / FILE_NAME)
    with pytest.raises(ConfigError, match=FILE_NAME):
        read_file(tmp_path)


@pytest.mark.parametrize("kind", ["a device without end", "the terminal", "a socket"])
def test_a_directory_with_nothing_to_read_is_told_as_that(kind: str, tmp_path: Path) -> None:
    SPECIAL[kind](tmp_path / "z_windows.go")
    # What go says, which takes `m` for a package of the standard library.
    said = "package m is not in std (/go/src/m)"
    assert "z_windows.go is a device or a socket" in str(nothing_named(["."], tmp_path, said))
    (tmp_path / "a.go").write_text("package a\n")
    assert said in str(nothing_named(["."], tmp_path, said))
