"""Folders, and the settings that hold in each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from golsp_mem.config import Settings
from golsp_mem.errors import ConfigError
from golsp_mem.lsp.client.abilities import Client, client_of
from golsp_mem.lsp.client.notices import Notices
from golsp_mem.lsp.server import create_server
from golsp_mem.lsp.state.session import Session, client_options
from golsp_mem.model import Code, Severity


class Shown:
    """What the server wrote to its client, in place of a pipe."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        return None

    def popups(self) -> int:
        return self.written.count(b"window/showMessage")

    def lines(self) -> int:
        return self.written.count(b"window/logMessage")


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def session(shown: Shown) -> Session:
    server = create_server()
    server.protocol.set_writer(shown)
    return Session(Notices(server))


def start(session: Session, *folders: Path, options: Any = None) -> None:
    session.start(
        Client(),
        types.InitializeParams(
            capabilities=types.ClientCapabilities(),
            workspace_folders=[types.WorkspaceFolder(f.as_uri(), f.name) for f in folders],
            initialization_options=options,
        ),
    )


@pytest.mark.parametrize(
    "raw",
    [
        {"codeLens": False},
        {"golsp-mem": {"codeLens": False}},
        {"codeLens": False, "server": {"path": "/x"}, "trace": "off", "explain": "client"},
        {"golsp-mem": {"codeLens": False, "trace": {"server": "verbose"}}},
        {"codeLens": False, "tags": None},
    ],
)
def test_what_clients_send(raw: Any):
    options = client_options(raw, origin="test")
    assert options.code_lens is False
    assert options.tags is None


@pytest.mark.parametrize("raw", [{"codeLense": True}, {"codeLens": "no"}, [1], "x"])
def test_what_is_not_understood_is_named(raw: Any):
    with pytest.raises(ConfigError, match="the origin"):
        client_options(raw, origin="the origin")


def test_layers(session: Session, tmp_path: Path):
    (tmp_path / "golsp-mem.toml").write_text(
        'tags = ["file"]\nlarge-frame-bytes = 1\n[severity]\nheap-new = "error"\n'
    )
    start(session, tmp_path, options={"tags": ["start"], "severity": {"heap-boxing": "warning"}})
    settings = session.settings_for(str(tmp_path))
    assert settings.tags == ("start",)
    assert settings.large_frame_bytes == 1
    assert settings.severity[Code.HEAP_NEW] is Severity.ERROR
    assert settings.severity[Code.HEAP_BOXING] is Severity.WARNING
    session.configure_folder(tmp_path.as_uri(), {"tags": ["folder"]})
    assert session.settings_for(str(tmp_path)).tags == ("folder",)
    session.configure_folder(tmp_path.as_uri(), None)
    assert session.settings_for(str(tmp_path)).tags == ("start",)


def test_each_folder_has_its_own(session: Session, tmp_path: Path):
    outer, inner = tmp_path, tmp_path / "inner"
    inner.mkdir()
    start(session, outer, inner)
    session.configure_folder(outer.as_uri(), {"tags": ["outer"]})
    session.configure_folder(inner.as_uri(), {"tags": ["inner"]})
    assert session.settings_for(str(outer / "p")).tags == ("outer",)
    assert session.settings_for(str(inner / "p")).tags == ("inner",)
    session.remove_folder(inner.as_uri())
    assert session.settings_for(str(inner / "p")).tags == ("outer",)


def test_no_folder_at_all(session: Session, tmp_path: Path):
    start(session)
    session.configure({"golsp-mem": {"tags": ["pushed"]}})
    assert session.settings_for(str(tmp_path)).tags == ("pushed",)


def test_a_section_that_nobody_has_set(session: Session, tmp_path: Path, shown: Shown):
    start(session)
    session.configure({"golsp-mem": None})
    assert (session.settings_for(str(tmp_path)).tags, shown.popups()) == ((), 0)


def test_a_root_uri_is_a_folder(session: Session, tmp_path: Path):
    params = types.InitializeParams(
        capabilities=types.ClientCapabilities(), root_uri=tmp_path.as_uri()
    )
    session.start(Client(), params)
    assert [folder.name for folder in session.folders] == [str(tmp_path)]


@pytest.mark.parametrize(
    "bad",
    [{"tags": "x"}, {"severity": {"heap-nothing": "hint"}}, {"severity": {"heap-new": "loud"}},
     {"timeoutSeconds": -1}, {"unknown": 1}, 7],
)  # fmt: skip
def test_bad_settings_are_told_once_and_the_last_good_stay(
    session: Session, tmp_path: Path, shown: Shown, bad: Any
):
    start(session, tmp_path, options={"tags": ["good"]})
    session.configure_folder(tmp_path.as_uri(), {"largeFrameBytes": 77})
    good = session.settings_for(str(tmp_path))
    for _ in range(3):
        session.configure_folder(tmp_path.as_uri(), bad)
        assert session.settings_for(str(tmp_path)) == good
    assert (shown.popups(), shown.lines()) == (1, 1)


def test_a_bad_file_keeps_the_last_good_one(session: Session, tmp_path: Path, shown: Shown):
    start(session, tmp_path)
    file = tmp_path / "golsp-mem.toml"
    file.write_text('tags = ["good"]')
    assert session.settings_for(str(tmp_path)).tags == ("good",)
    file.write_text("tags = [")
    assert session.settings_for(str(tmp_path)).tags == ("good",)
    assert session.settings_for(str(tmp_path)).tags == ("good",)
    assert shown.popups() == 1
    file.write_text('tags = ["better"]')
    assert session.settings_for(str(tmp_path)).tags == ("better",)


def test_bad_from_the_start_means_the_defaults(session: Session, tmp_path: Path):
    (tmp_path / "golsp-mem.toml").write_text("nonsense = true")
    start(session, tmp_path, options={"nonsense": True})
    assert session.settings_for(str(tmp_path)) == Settings()


def test_a_workspace_cannot_name_the_program_to_run(session: Session, tmp_path: Path):
    (tmp_path / "golsp-mem.toml").write_text('go-path = "/tmp/evil"')
    start(session, tmp_path)
    assert session.settings_for(str(tmp_path)).go_path is None


def test_the_command_lines_go_beats_the_settings(shown: Shown, tmp_path: Path):
    server = create_server()
    server.protocol.set_writer(shown)
    session = Session(Notices(server), go_path="/usr/bin/go")
    start(session, tmp_path, options={"goPath": "/other/go"})
    assert session.settings_for(str(tmp_path)).go_path == "/usr/bin/go"


def test_uris_of_files_that_are_not_open(session: Session, tmp_path: Path):
    real, link = tmp_path / "real", tmp_path / "link"
    (real / "p").mkdir(parents=True)
    link.symlink_to(real)
    start(session, link)
    expected = (link / "p" / "a.go").as_uri()
    assert session.uri_of(str(real / "p" / "a.go")) == expected
    assert session.uri_of(str(link / "p" / "a.go")) == expected
    assert session.uri_of("/usr/lib/go/x.go") == "file:///usr/lib/go/x.go"


def test_folders_that_are_not_on_disk_are_passed_over(session: Session):
    assert session.add_folder("vscode-vfs://github/x/y", "y") is None
    assert list(session.folders) == []


def test_abilities_that_are_not_announced_are_not_there():
    params = types.InitializeParams(capabilities=types.ClientCapabilities())
    assert client_of(params, "utf-16") == Client(encoding="utf-16")
