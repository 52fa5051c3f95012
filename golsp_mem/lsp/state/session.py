"""The workspace as the client sees it: its folders and the settings that hold in each.

Settings come from three places, later ones win: the nearest ``golsp-mem.toml``, what the
client sent at start, what ``workspace/configuration`` says for the folder. A layer that
cannot be understood is reported once and replaced by its last good version.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import evolve, field, frozen
from lsprotocol import types

from golsp_mem.config import Settings, resolve
from golsp_mem.errors import ConfigError
from golsp_mem.lsp.client.abilities import Client
from golsp_mem.lsp.client.notices import Notices
from golsp_mem.lsp.convert import file_key, file_name, file_uri, path_below
from golsp_mem.lsp.state.documents import Documents
from golsp_mem.model import Position
from golsp_mem.options import Options, read_file, structure_options

SECTION = "golsp-mem"

# A client that never answers a request for settings must not keep the server from working.
CONFIGURATION_SECONDS = 5.0

# What only clients read: how to start the server, what to log, who opens explanations.
CLIENT_KEYS = frozenset(
    {"server", "trace", "explain", "problems", "more", "gutterMarks", "hoversDiagnostics"}
)


@frozen
class Folder:
    """A workspace folder: the client's URI, the native name and the name without links."""

    uri: str
    name: str
    key: str
    label: str
    options: Options = field(factory=Options)


def folder_of(uri: str, label: str = "") -> Folder | None:
    """The folder of a URI; None when it is not on this machine's disk."""
    name = file_name(uri)
    if name is None:
        return None
    return Folder(uri, name, file_key(name), label or Path(name).name)


def client_options(raw: object, *, origin: str) -> Options:
    """Options of a client's settings, or raises ConfigError naming ``origin``.

    Some clients send the section itself, others an object that holds it.
    """
    if isinstance(raw, Mapping) and isinstance(raw.get(SECTION, ""), Mapping | None):
        # Clients send null for what nobody has set.
        raw = raw[SECTION] or {}
    if isinstance(raw, Mapping):
        raw = {key: value for key, value in raw.items() if key not in CLIENT_KEYS}
    return structure_options(raw, style="editor", origin=origin)


class Session:
    """One client: what it can do, its folders and settings, and the texts that it holds open.

    Until ``initialize`` has come (`start`) the client has no abilities.
    """

    def __init__(self, notices: Notices, go_path: str | None = None) -> None:
        self.client = Client()
        self.documents = Documents(self.client.encoding)
        self._notices = notices
        self._configured = asyncio.Event()
        self._command_line = Options(go_path=go_path)
        self._initial = Options()
        self._pushed = Options()
        self._folders: dict[str, Folder] = {}
        self._files: dict[Path, Options] = {}
        self._resolved: dict[str, Settings] = {}

    def start(self, client: Client, params: types.InitializeParams) -> None:
        """Take the client, folders and options of ``initialize``."""
        self.client = client
        self.documents = Documents(client.encoding)
        if not client.configuration:
            self._configured.set()
        for folder in params.workspace_folders or []:
            self.add_folder(folder.uri, folder.name)
        if not self._folders and params.root_uri:
            self.add_folder(params.root_uri)
        self._initial = self._understood(
            "initializationOptions", params.initialization_options, self._initial
        )

    def _understood(self, origin: str, raw: object, last: Options) -> Options:
        try:
            return client_options(raw, origin=origin)
        except ConfigError as error:
            self.complain(error)
            return last

    def complain(self, error: ConfigError) -> None:
        """Show a settings mistake, once as long as it reads the same."""
        text = str(error)
        said = f"golsp-mem: {text}. The last good settings stay in force."
        setting = SECTION if self.client.shows_problems else None
        self._notices.show_once(f"settings: {text}", said, setting=setting)

    # Folders

    @property
    def folders(self) -> Iterator[Folder]:
        return iter(list(self._folders.values()))

    def add_folder(self, uri: str, label: str = "") -> Folder | None:
        folder = folder_of(uri, label)
        if folder is not None:
            self._folders[uri] = folder
        return folder

    def remove_folder(self, uri: str) -> Folder | None:
        return self._folders.pop(uri, None)

    def folder_with(self, key: str) -> Folder | None:
        """The innermost folder that holds a file or directory (`file_key`)."""
        holding = [folder for folder in self.folders if path_below(key, folder.key) is not None]
        return max(holding, key=lambda folder: len(folder.key), default=None)

    def uri_of(self, name: str, key: str | None = None) -> str:
        """The URI of a file that is not open, spelled below the client's own folder URI.

        ``key`` is its `file_key`, for callers that know it.
        """
        key = key or file_key(name)
        folder = self.folder_with(key)
        if folder is not None:
            rest = path_below(key, folder.key) or ""
            if os.path.normcase(name).endswith(rest):
                rest = name[len(name) - len(rest) :]
            return file_uri(str(Path(folder.name) / rest))
        return file_uri(name)

    def link_to(self, position: Position) -> str:
        """An address that editors open at the place; empty for generated code."""
        if position.file.startswith("<"):
            return ""
        address = f"{self.uri_of(position.file)}#L{position.line}"
        return f"{address},{position.column}" if position.column else address

    # Settings

    async def settings_known(self) -> None:
        """Wait for the client's answer to the first question for settings."""
        # Python 3.11's wait_for swallows a cancellation that meets the end of the wait: a server
        # that is told to shut down would go on.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CONFIGURATION_SECONDS):
                await self._configured.wait()
        self._configured.set()

    def settings_arrived(self) -> None:
        """The client has answered, or will not."""
        self._configured.set()

    def configure(self, raw: object) -> None:
        """Take the settings that a client pushed with ``didChangeConfiguration``."""
        self._pushed = self._understood("workspace/didChangeConfiguration", raw, self._pushed)

    def configure_folder(self, uri: str, raw: object) -> None:
        """Take what ``workspace/configuration`` answered for a folder."""
        folder = self._folders.get(uri)
        if folder is None:
            self._pushed = self._understood("workspace/configuration", raw, self._pushed)
            return
        options = self._understood(
            f"workspace/configuration of {folder.label}", raw, folder.options
        )
        self._folders[uri] = evolve(folder, options=options)

    def settings_for(self, directory: str) -> Settings:
        """The settings for a package directory; never fails, see the module's head."""
        folder = self.folder_with(file_key(directory))
        path = Path(directory)
        try:
            self._files[path] = read_file(path)
        except ConfigError as error:
            self.complain(error)
        root = folder.name if folder else directory
        layers = (
            self._files.get(path, Options()),
            # What a client names by a relative path lies in its folder.
            evolve(self._initial, root=root),
            evolve(self._pushed, root=root),
            evolve(folder.options if folder else Options(), root=root),
            # A Go named by whoever starts the server beats what a workspace says.
            self._command_line,
        )
        try:
            self._resolved[directory] = resolve(*layers)
        except ConfigError as error:
            self.complain(error)
        return self._resolved.get(directory) or resolve(self._command_line)
