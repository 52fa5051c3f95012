"""What the server offers, without what it takes to do it.

An editor waits for the answer to ``initialize`` before it sends a text, and that answer needs
none of what reads object files and Go: importing it takes as long again as pygls. So the answer is
made here, by pygls itself, of names and options alone; `golsp_mem.lsp.server` imports the rest
while the client reads it. What is registered in golsp_mem.lsp.features and what stands here is
the same: tests/lsp/test_offer.py.
"""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder, get_capability
from pygls.lsp.server import LanguageServer

from golsp_mem import __version__
from golsp_mem.lsp.client.protocol import Protocol

NAME = "golsp-mem"
FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.golsp-mem"
EXPLAIN = f"{types.CodeActionKind.Source.value}.explain.golsp-mem"

CODE_ACTIONS = types.CodeActionOptions(
    code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL, EXPLAIN]
)
CODE_LENSES = types.CodeLensOptions()
SAVES = types.SaveOptions(include_text=False)
# Typing changes nothing in other files; saving does, and then we ask for questions.
DIAGNOSTICS = types.DiagnosticOptions(
    identifier=NAME, inter_file_dependencies=False, workspace_diagnostics=True
)

METHODS = {
    types.INITIALIZED: None,
    types.SHUTDOWN: None,
    types.TEXT_DOCUMENT_DID_OPEN: None,
    types.TEXT_DOCUMENT_DID_CHANGE: None,
    types.TEXT_DOCUMENT_DID_SAVE: SAVES,
    types.TEXT_DOCUMENT_DID_CLOSE: None,
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: None,
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: None,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: None,
    types.TEXT_DOCUMENT_HOVER: None,
    types.TEXT_DOCUMENT_CODE_ACTION: CODE_ACTIONS,
    types.TEXT_DOCUMENT_CODE_LENS: CODE_LENSES,
    types.TEXT_DOCUMENT_INLAY_HINT: None,
}
"""Every method that has a handler, with its options; ``initialize`` has one, too."""

PULLED = {types.TEXT_DOCUMENT_DIAGNOSTIC: DIAGNOSTICS, types.WORKSPACE_DIAGNOSTIC: None}
"""The same, for clients that ask for diagnostics themselves."""

COMMANDS = (
    "golsp-mem.explain",
    "golsp-mem.findings",
    "golsp-mem.analyseWorkspace",
    "golsp-mem.restartAnalysis",
    "golsp-mem.report",
    "golsp-mem.profileBenchmark",
    "golsp-mem.turnOff",
    "golsp-mem.turnOn",
)


def pulls_diagnostics(capabilities: types.ClientCapabilities) -> bool:
    """Whether a client asks for diagnostics itself, and asks again when told to."""
    told = get_capability(capabilities, "workspace.diagnostics.refresh_support", False)
    asks = get_capability(capabilities, "text_document.diagnostic") is not None
    return bool(told) and asks


def encoding_of(capabilities: types.ClientCapabilities) -> types.PositionEncodingKind | str:
    """How positions are counted: the choice that pygls makes for its answer."""
    return ServerCapabilitiesBuilder.choose_position_encoding(capabilities)


class Answered:
    """The answers to one message, taken where a connection would be."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        """There is nothing to close."""


def answers_to(body: bytes) -> list[bytes]:
    """What the whole server would answer to a message that comes first, with headers."""
    server = LanguageServer(NAME, __version__, protocol_cls=Protocol)
    for method, options in METHODS.items():
        server.feature(method, options)(_nothing)
    for name in COMMANDS:
        server.command(name)(_nothing)

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        if pulls_diagnostics(params.capabilities):
            for method, options in PULLED.items():
                server.feature(method, options)(_nothing)

    answered = Answered()
    protocol = server.protocol
    assert isinstance(protocol, Protocol)
    protocol.set_writer(answered)
    protocol.take(body)
    return answered.written


def is_first(body: bytes) -> bool:
    """Whether a message looks like ``initialize``: nothing else is answered before its time."""
    return b'"initialize"' in body


_ASKED = (
    types.TEXT_DOCUMENT_HOVER, types.TEXT_DOCUMENT_CODE_ACTION, types.TEXT_DOCUMENT_CODE_LENS,
    types.TEXT_DOCUMENT_INLAY_HINT, types.WORKSPACE_EXECUTE_COMMAND,
)  # fmt: skip


def is_asked(body: bytes) -> bool:
    """Whether a message looks like a request of golsp_mem.lsp.features.asked. JSON may write a
    slash as ``\\/``."""
    return any(name.rpartition("/")[2].encode() in body for name in _ASKED)


def _nothing(*_: object) -> Iterator[None]:
    yield from ()
