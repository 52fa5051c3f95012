"""The commands ``golsp-mem.turnOff`` and ``golsp-mem.turnOn``: a code in the ``golsp-mem.toml``.

Both take ``{"code", "uri"}``; the file is the nearest one at or above the document, else one
beside its go.mod. They return ``{"code", "file", "off"}``. A client with settings of its own may
write those instead, and not send the command.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cattrs
from attrs import frozen
from lsprotocol import converters, types
from pygls.exceptions import JsonRpcInvalidParams

from golsp_mem.advice.actions.turn_off import turned_off, turned_on
from golsp_mem.errors import ConfigError, GolspMemError, UsageError
from golsp_mem.files import MOST_SETTINGS_BYTES, read_regular
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.convert import file_key, file_name, path_below
from golsp_mem.lsp.state.files import module_root
from golsp_mem.model import Code
from golsp_mem.options import FILE_NAME, find_file

OFF = "golsp-mem.turnOff"
ON = "golsp-mem.turnOn"


@frozen
class Subject:
    """The code, and a document of the module that it is turned off for."""

    code: Code
    uri: str


def register(server: GolspMemServer) -> None:
    """Register the commands."""

    @server.command(OFF)
    def turn_off(ls: GolspMemServer, *arguments: object) -> dict[str, object] | None:
        return _write(ls, subject_of(arguments), turned_off, off=True)

    @server.command(ON)
    def turn_on(ls: GolspMemServer, *arguments: object) -> dict[str, object] | None:
        return _write(ls, subject_of(arguments), turned_on, off=False)


def title(code: Code) -> str:
    """What the action is called."""
    return f"Turn {code} off in this workspace"


def subject_of(arguments: Sequence[object]) -> Subject:
    """What a client's arguments name. Raises JsonRpcInvalidParams."""
    try:
        return converters.get_converter().structure(arguments[0], Subject)
    except (cattrs.BaseValidationError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise JsonRpcInvalidParams("name a code and the uri of a document") from error


def _write(
    ls: GolspMemServer, subject: Subject, edited: Callable[[str, Code, str], str], *, off: bool
) -> dict[str, object] | None:
    try:
        file = _file_for(ls, subject.uri)
        before = read_regular(file, MOST_SETTINGS_BYTES).decode() if file.exists() else ""
        after = edited(before, subject.code, str(file))
        if after != before:
            _replace(file, after)
    except (GolspMemError, OSError, UnicodeDecodeError) as error:
        ls.notices.tell(f"golsp-mem: {error}", types.MessageType.Warning)
        return None
    # Not every client tells of files that others write.
    ls.analyses.refresh(ls.analyses.packages)
    if not ls.session.client.explains:
        back = f"; to have it back take it out of {file}" if off else ""
        ls.notices.tell(f"golsp-mem: {subject.code} is {'off' if off else 'on'}{back}")
    return {"code": str(subject.code), "file": str(file), "off": off}


def _file_for(ls: GolspMemServer, uri: str) -> Path:
    """The file to write. Raises UsageError for one that is not the workspace's own."""
    name = file_name(uri)
    if name is None:
        raise UsageError(f"{uri} is no file")
    directory = Path(name).parent
    folder = ls.session.folder_with(file_key(directory))
    found = find_file(directory)
    if found is None:
        root = module_root(str(directory)) or directory
        found = (
            Path(folder.name) if folder and not _within(root, folder.key) else root
        ) / FILE_NAME
    if folder is not None and not _within(found.parent, folder.key):
        raise UsageError(f"{found} is outside of the folder {folder.label}; write it yourself")
    if found.is_symlink():
        raise UsageError(f"{found} is a link; write the file that it leads to yourself")
    return found


def _within(directory: Path, folder: str) -> bool:
    return path_below(file_key(directory), folder) is not None


def _replace(file: Path, text: str) -> None:
    """Write the whole text or nothing; a file without any text is none."""
    if not text.strip():
        file.unlink(missing_ok=True)
        return
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="")
        if file.exists():
            part.chmod(file.stat().st_mode & 0o777)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ConfigError(f"{file} cannot be written: {error.strerror}") from error
