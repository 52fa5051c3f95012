"""Positions and file names, between Go's terms and a client's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lsprotocol import types

from golsp_mem.lsp.convert import Text, file_key, file_name, file_uri, path_below
from golsp_mem.model import Span

UTF8 = types.PositionEncodingKind.Utf8
UTF16 = types.PositionEncodingKind.Utf16
UTF32 = types.PositionEncodingKind.Utf32
ENCODINGS = (UTF8, UTF16, UTF32)
CODEC = {UTF8: "utf-8", UTF16: "utf-16-le", UTF32: "utf-32-le"}
UNIT_BYTES = {UTF8: 1, UTF16: 2, UTF32: 4}

# One of each width in UTF-8, the first beyond the basic plane, and a combining sequence.
MIXED = "a é€😀e\u0301z"


@pytest.mark.parametrize(
    ("encoding", "characters"),
    [
        (UTF8, [0, 1, 2, 4, 7, 11, 12, 14, 15]),
        (UTF16, [0, 1, 2, 3, 4, 6, 7, 8, 9]),
        (UTF32, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_each_character_boundary(encoding: types.PositionEncodingKind, characters: list[int]):
    text = Text(f"package p\n{MIXED}\n")
    columns = [len(MIXED[:n].encode()) + 1 for n in range(len(MIXED) + 1)]
    found = [text.to_client(2, column, encoding) for column in columns]
    assert found == [types.Position(1, character) for character in characters]
    back = [text.to_go(position, encoding) for position in found]
    assert back == [(2, column) for column in columns]


@pytest.mark.parametrize(
    ("encoding", "character", "column"),
    [(UTF16, 1, 1), (UTF8, 2, 1), (UTF8, 3, 1), (UTF32, 1, 5), (UTF16, 2, 5)],
)
def test_a_place_inside_a_character_is_the_place_before_it(
    encoding: types.PositionEncodingKind, character: int, column: int
):
    assert Text("😀x").to_go(types.Position(0, character), encoding) == (1, column)


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        (0, 1, (0, 0)),
        (-3, 7, (0, 0)),
        (1, 99, (0, 2)),
        (2, 0, (1, 1)),
        (9, 1, (2, 0)),
    ],
)
def test_places_outside_the_text_move_into_it(line: int, column: int, expected: tuple[int, int]):
    position = Text("ab\n\tcd\n").to_client(line, column, UTF16)
    assert (position.line, position.character) == expected


@pytest.mark.parametrize(
    ("line", "character", "expected"),
    [(0, 99, (1, 3)), (99, 0, (3, 1)), (1, 99, (2, 4))],
)
def test_client_places_outside_the_text(line: int, character: int, expected: tuple[int, int]):
    assert Text("ab\r\n\tcd\n").to_go(types.Position(line, character), UTF16) == expected


def test_a_lone_carriage_return_ends_a_line_for_clients_only():
    text = Text("a\rbc\nd")
    assert text.lines == ["a\r", "bc\n", "d"]
    assert text.to_client(1, 4, UTF16) == types.Position(1, 1)
    assert text.to_go(types.Position(1, 1), UTF16) == (1, 4)
    assert text.to_client(2, 1, UTF16) == types.Position(2, 0)


def test_other_separators_end_no_line():
    text = Text("a\u2028b\x0cc\x85d\nx")
    assert text.lines == ["a\u2028b\x0cc\x85d\n", "x"]
    assert text.to_client(2, 1, UTF16) == types.Position(1, 0)


def test_a_byte_order_mark_counts_for_the_compiler_only():
    text = Text.from_bytes(b"\xef\xbb\xbfpackage p\nvar x int\n")
    assert text.to_client(1, 12, UTF16) == types.Position(0, 8)
    assert text.to_go(types.Position(0, 8), UTF16) == (1, 12)
    assert text.to_client(2, 5, UTF16) == types.Position(1, 4)


def test_bytes_that_are_no_utf8_keep_their_width():
    text = Text.from_bytes(b'"\xff\xfe" x')
    assert text.to_client(1, 6, UTF16) == types.Position(0, 5)
    assert text.to_go(types.Position(0, 5), UTF8) == (1, 6)


def test_a_span_without_columns_is_the_text_of_its_line():
    text = Text("a\n\t\tfoo(é) // x\nb\n")
    span = Span("f.go", 2, 0, 2, 0)
    assert text.range_of(span, UTF16) == types.Range(types.Position(1, 2), types.Position(1, 13))


def test_a_span_over_several_lines():
    text = Text("f(\n\té,\n)\n")
    span = Span("f.go", 1, 2, 3, 2)
    assert text.range_of(span, UTF16) == types.Range(types.Position(0, 1), types.Position(2, 1))


LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20)


@given(st.lists(LINE, min_size=1, max_size=5), st.data(), st.sampled_from(ENCODINGS))
@example([MIXED], None, UTF16)
def test_agrees_with_pythons_codecs(
    lines: list[str], data: st.DataObject | None, encoding: types.PositionEncodingKind
):
    index = data.draw(st.integers(0, len(lines) - 1)) if data else 0
    line = lines[index]
    offset = data.draw(st.integers(0, len(line))) if data else 4
    text = Text("\n".join(lines))
    column = len(line[:offset].encode()) + 1
    units = len(line[:offset].encode(CODEC[encoding])) // UNIT_BYTES[encoding]
    position = types.Position(index, units)
    assert text.to_client(index + 1, column, encoding) == position
    assert text.to_go(position, encoding) == (index + 1, column)


@given(
    st.binary(max_size=60),
    st.integers(-2, 70),
    st.integers(-2, 70),
    st.sampled_from(ENCODINGS),
)
def test_any_bytes_and_any_place_give_a_place_in_the_text(
    data: bytes, line: int, column: int, encoding: types.PositionEncodingKind
):
    text = Text.from_bytes(data)
    position = text.to_client(line, column, encoding)
    assert 0 <= position.line < len(text.lines)
    assert 0 <= text.offset(position, encoding) <= len(text.text)
    go_line, go_column = text.to_go(position, encoding)
    assert text.to_client(go_line, go_column, encoding) == position


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("/home/me/a.go", "file:///home/me/a.go"),
        ("/home/me/my code/a.go", "file:///home/me/my%20code/a.go"),
        ("/tmp/größe/日本.go", "file:///tmp/gr%C3%B6%C3%9Fe/%E6%97%A5%E6%9C%AC.go"),
        ("/tmp/a#b?c%41.go", "file:///tmp/a%23b%3Fc%2541.go"),
        ("/go/pkg/mod/x.y/z@v1.2.3+incompatible/a.go",
         "file:///go/pkg/mod/x.y/z@v1.2.3+incompatible/a.go"),
    ],
)  # fmt: skip
def test_posix_names_and_uris(name: str, uri: str):
    assert file_uri(name, windows=False) == uri
    assert file_name(uri, windows=False) == name


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        (r"C:\Users\me\a.go", "file:///C:/Users/me/a.go"),
        (r"c:\my code\ü.go", "file:///c:/my%20code/%C3%BC.go"),
        (r"\\wsl$\Debian\a.go", "file://wsl%24/Debian/a.go"),
    ],
)
def test_windows_names_and_uris(name: str, uri: str):
    assert file_uri(name, windows=True) == uri
    assert file_name(uri, windows=True) == name


@pytest.mark.parametrize(
    ("uri", "windows", "name"),
    [
        ("file:///c%3A/Users/me/a.go", True, r"c:\Users\me\a.go"),
        ("file://localhost/c:/a.go", True, r"c:\a.go"),
        ("file:///home/me/%C3%A9.go", False, "/home/me/é.go"),
        ("untitled:Untitled-1", False, None),
        ("git:/home/me/a.go?x", False, None),
        ("file://[bad/a.go", False, None),
        ("file:///a%00.go", False, None),
        ("", False, None),
    ],
)
def test_how_clients_spell_them(uri: str, windows: bool, name: str | None):
    assert file_name(uri, windows=windows) == name


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_every_posix_name_survives(tail: str):
    name = "/" + tail.lstrip("/")
    assert file_name(file_uri(name, windows=False), windows=False) == name


def test_a_name_that_is_no_utf8_survives():
    name = os.fsdecode(b"/tmp/\xff.go")
    assert file_name(file_uri(name, windows=False), windows=False) == name


def test_a_file_has_one_key_however_it_is_reached(tmp_path: Path):
    real = tmp_path / "real"
    real.mkdir()
    (real / "a.go").touch()
    (tmp_path / "link").symlink_to(real)
    assert file_key(tmp_path / "link" / "a.go") == file_key(str(real / "a.go"))
    assert file_key(real / ".." / "real" / "a.go") == file_key(real / "a.go")


@pytest.mark.parametrize(
    ("name", "directory", "expected"),
    [
        ("/a/b/c.go", "/a/b", "c.go"),
        ("/a/b", "/a/b", ""),
        ("/a/bc", "/a/b", None),
        ("/a/b", "/", "a/b"),
        ("/a", "/a/b", None),
    ],
)
def test_path_below(name: str, directory: str, expected: str | None):
    assert path_below(name, directory) == expected
