"""``textDocument/codeAction``: edits for a finding, its page, and what a function costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lsprotocol import types

from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.diagnostics import SOURCE
from golsp_mem.lsp.edits import workspace_edit
from golsp_mem.lsp.features.explain import COMMAND
from golsp_mem.lsp.fixes import fixes_for
from golsp_mem.lsp.reading import Reading, reading_of
from golsp_mem.model import Code

EXPLAIN = f"{types.CodeActionKind.Source.value}.explain.golsp-mem"


def register(server: GolspMemServer) -> None:
    """Register the handler."""
    kinds: list[types.CodeActionKind | str] = [types.CodeActionKind.QuickFix, EXPLAIN]

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=kinds)
    )
    async def code_action(
        ls: GolspMemServer, params: types.CodeActionParams
    ) -> list[types.CodeAction] | None:
        reading = reading_of(ls, params.text_document.uri)
        if reading is None:
            return None
        fixes = await _fixes(ls, reading, params)
        actions = [*fixes, *_pages(reading, params), *_function(reading, params)]
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


async def _fixes(
    ls: GolspMemServer, reading: Reading, params: types.CodeActionParams
) -> list[types.CodeAction]:
    if not wanted(types.CodeActionKind.QuickFix, params.context.only):
        return []
    actions = []
    version = reading.document.version
    for item in reading.items_in(params.range):
        for fix in await fixes_for(ls, reading, item):
            if reading.document.version != version:
                # Typed while the compiler confirmed: the edit is not of this text.
                return []
            actions.append(
                types.CodeAction(
                    title=fix.title,
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=_diagnostics(params, item.finding.code),
                    edit=workspace_edit(ls.session.client, reading, fix.edits),
                )
            )
    return actions


def _diagnostics(params: types.CodeActionParams, code: Code) -> list[types.Diagnostic] | None:
    """What is underlined: ties an action to it, so that editors offer it there."""
    return [
        diagnostic
        for diagnostic in params.context.diagnostics
        if diagnostic.source == SOURCE and diagnostic.code == code
    ] or None


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
        action.diagnostics = _diagnostics(params, code)
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
