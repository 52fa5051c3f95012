"""``textDocument/codeAction``: the page of a finding, and what a function costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lsprotocol import types

from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.diagnostics import SOURCE
from golsp_mem.lsp.features.explain import COMMAND
from golsp_mem.lsp.reading import Reading, reading_of
from golsp_mem.model import Code

EXPLAIN = f"{types.CodeActionKind.Source.value}.explain.golsp-mem"


def register(server: GolspMemServer) -> None:
    """Register the handler."""
    kinds: list[types.CodeActionKind | str] = [types.CodeActionKind.QuickFix, EXPLAIN]

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=kinds)
    )
    def code_action(
        ls: GolspMemServer, params: types.CodeActionParams
    ) -> list[types.CodeAction] | None:
        reading = reading_of(ls, params.text_document.uri)
        if reading is None:
            return None
        actions = [*_pages(reading, params), *_function(reading, params)]
        return [action for action in actions if wanted(action.kind, params.context.only)]


def wanted(kind: str | None, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether a client that asks for kinds ``only`` (None: all) wants this one."""
    if only is None or kind is None:
        return True
    asked = [str(getattr(each, "value", each)) for each in only]
    kind = str(getattr(kind, "value", kind))
    return any(not each or kind == each or kind.startswith(f"{each}.") for each in asked)


def _explain(title: str, kind: str, argument: Mapping[str, object]) -> types.CodeAction:
    command = types.Command(title=title, command=COMMAND, arguments=[argument])
    return types.CodeAction(title=title, kind=kind, command=command)


def _pages(reading: Reading, params: types.CodeActionParams) -> list[types.CodeAction]:
    actions: dict[Code, types.CodeAction] = {}
    for item in reading.items_in(params.range):
        code = item.finding.code
        at = reading.shown.range_of(item.finding.span)
        if code in actions or at is None:
            continue
        where = {
            "uri": reading.document.uri,
            "position": {"line": at.start.line, "character": at.start.character},
        }
        action = _explain(f"Explain {code}", types.CodeActionKind.QuickFix, where)
        # Ties the action to what is underlined, so that editors offer it there.
        action.diagnostics = [
            diagnostic
            for diagnostic in params.context.diagnostics
            if diagnostic.source == SOURCE and diagnostic.code == code
        ] or None
        actions[code] = action
    return list(actions.values())


def _function(reading: Reading, params: types.CodeActionParams) -> list[types.CodeAction]:
    found = reading.function_named_at(params.range.start)
    if found is None:
        return []
    facts, _ = found
    where = {
        "uri": reading.document.uri,
        "position": {
            "line": params.range.start.line,
            "character": params.range.start.character,
        },
    }
    name = facts.name.rsplit("/", 1)[-1]
    return [_explain(f"Explain memory of function {name}", EXPLAIN, where)]
