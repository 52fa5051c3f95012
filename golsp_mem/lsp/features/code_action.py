"""``textDocument/codeAction``: edits for a finding, its page, and what a function costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lsprotocol import types

from golsp_mem.advice.actions.comments import comment_fix
from golsp_mem.advice.actions.keepalive import explain_title
from golsp_mem.advice.explanations.explain_stack import stack_title
from golsp_mem.codes import Family
from golsp_mem.compiler.objects.symbols import short_name
from golsp_mem.lsp.answers.allocation_fixes import (
    all_fixes,
    allocation_fixes,
    seconds_for,
)
from golsp_mem.lsp.answers.diagnostics import SOURCE
from golsp_mem.lsp.answers.edits import texts_edit, workspace_edit
from golsp_mem.lsp.answers.fixes import fixes_for
from golsp_mem.lsp.answers.request import Reading
from golsp_mem.lsp.client.offer import CODE_ACTIONS, EXPLAIN, FIX_ALL
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.features.commands import turn_off
from golsp_mem.lsp.features.commands.explain import COMMAND
from golsp_mem.lsp.state.content import Item
from golsp_mem.lsp.state.documents import Documents
from golsp_mem.model import Code
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile


def register(server: GolspMemServer) -> None:
    """Register the handler."""

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, CODE_ACTIONS)
    async def code_action(
        ls: GolspMemServer, params: types.CodeActionParams
    ) -> list[types.CodeAction] | None:
        reading = ls.reading(params.text_document.uri)
        if reading is None:
            return None
        documents = ls.session.documents
        fixes = [
            *await _fixes(reading, params),
            *await _allocation_fixes(reading, documents, params),
            *await _fix_all(reading, documents, params),
        ]
        pages = [*_pages(reading, params), *_stack(reading, params), *_function(reading, params)]
        actions = [*fixes, *pages, *_comments(reading, params), *_off(reading, params)]
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


def _items(reading: Reading, params: types.CodeActionParams) -> list[Item]:
    """The findings that are meant: those in the range; where there are none, those of which the
    client sends diagnostics (Neovim: all of the line)."""
    touched = reading.items_in(params.range)
    if touched:
        return touched
    return [
        item
        for one in params.context.diagnostics
        if one.source == SOURCE
        and one.range.start.line <= params.range.end.line
        and params.range.start.line <= one.range.end.line
        for item in reading.items_in(one.range)
        if item.finding.code == one.code
    ]


async def _fixes(reading: Reading, params: types.CodeActionParams) -> list[types.CodeAction]:
    if not wanted(types.CodeActionKind.QuickFix, params.context.only):
        return []
    actions = []
    version = reading.document.version
    for item in _items(reading, params):
        for fix in await fixes_for(reading, item):
            if reading.document.version != version:
                # Typed while the compiler confirmed: the edit is not of this text.
                return []
            actions.append(
                types.CodeAction(
                    title=fix.title,
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=_diagnostics(params, item.finding.code),
                    edit=workspace_edit(reading, fix.edits),
                )
            )
    return actions


async def _allocation_fixes(
    reading: Reading, documents: Documents, params: types.CodeActionParams
) -> list[types.CodeAction]:
    if not wanted(types.CodeActionKind.QuickFix, params.context.only):
        return []
    version = reading.document.version
    items = _items(reading, params)
    seconds = seconds_for(params.context)
    fixes = await allocation_fixes(reading, items, params.range, seconds)
    if reading.document.version != version:
        return []
    actions = []
    for fix in fixes:
        edit = texts_edit(reading, documents, fix.texts)
        if edit is not None:
            actions.append(
                types.CodeAction(
                    title=fix.candidate.label,
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=_diagnostics(params, fix.candidate.findings[0].code),
                    is_preferred=(fix.candidate.is_safe and len(fixes) == 1) or None,
                    edit=edit,
                )
            )
    return actions


async def _fix_all(
    reading: Reading, documents: Documents, params: types.CodeActionParams
) -> list[types.CodeAction]:
    """Only for who asks for it, which takes a compile or two: `editor.codeActionsOnSave` does."""
    only = params.context.only
    if not only or not wanted(FIX_ALL, only):
        return []
    version = reading.document.version
    fix = await all_fixes(reading)
    if fix is None or reading.document.version != version:
        return []
    edit = texts_edit(reading, documents, fix.texts)
    if edit is None:
        return []
    return [types.CodeAction(title=fix.candidate.title, kind=FIX_ALL, edit=edit)]


def _comments(reading: Reading, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Accepting a finding in the code comes last: it explains nothing and mends nothing."""
    if reading.stale is not None:
        return []
    # One of each code: the compiled text is parsed again for each.
    first = {item.finding.code: item.finding for item in reversed(_items(reading, params))}
    actions = []
    for code, finding in first.items():
        fix = comment_fix(reading.go_file(), finding)
        if fix is not None:
            actions.append(
                types.CodeAction(
                    title=fix.title,
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=_diagnostics(params, code),
                    edit=workspace_edit(reading, (fix.edit,)),
                )
            )
    return actions


def _off(reading: Reading, params: types.CodeActionParams) -> list[types.CodeAction]:
    """*Turn heap-append off in this workspace*: for codes that are of no interest here at all."""
    actions = []
    for code in dict.fromkeys(item.finding.code for item in _items(reading, params)):
        title = turn_off.title(code)
        argument = {"code": str(code), "uri": reading.document.uri}
        command = types.Command(title=title, command=turn_off.OFF, arguments=[argument])
        actions.append(
            types.CodeAction(
                title=title,
                kind=types.CodeActionKind.QuickFix,
                diagnostics=_diagnostics(params, code),
                command=command,
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
    for item in _items(reading, params):
        code = item.finding.code
        at = reading.shown.range_of(item.finding.span)
        if code in actions or at is None:
            continue
        where = _where(reading, at.start)
        title = explain_title(item.finding) or f"Explain {code}"
        action = _explain(title, types.CodeActionKind.QuickFix, where)
        action.diagnostics = _diagnostics(params, code)
        actions[code] = action
    return list(actions.values())


def _stack(reading: Reading, params: types.CodeActionParams) -> list[types.CodeAction]:
    """*Explain stack growth of f*: on f's name, its stack's findings, and ``go f()``."""
    at = params.range.start
    place = reading.shown.go_place(at)
    if place is None:
        return []
    names: list[str] = []
    named = reading.function_named_at(at)
    if named is not None:
        names.append(named[0].name)
    names += [
        item.finding.function
        for item in _items(reading, params)
        if item.finding.code.family is Family.STACK
    ]
    statement = started_at(reading.go_file(), *place)
    if statement is not None:
        names.append(statement)
    # At one place the page is of one function, the first of these.
    return [_explain(stack_title(name), EXPLAIN, _where(reading, at)) for name in names[:1]]


def started_at(file: GoFile, line: int, column: int) -> str | None:
    """What the ``go`` statement at a place starts, as it is written; None when there is none."""
    here = file.tree.offset(line, column)
    node: Node | None = file.tree.smallest(here, min(here + 1, len(file.text)))
    while node is not None and node.kind not in ("go_statement", "block"):
        node = node.parent
    if node is None or node.kind != "go_statement":
        return None
    call = next(iter(node.named_children), None)
    function = call.field("function") if call is not None else None
    if function is None:
        return None
    return "the function literal" if function.kind == "func_literal" else file.tree.source(function)


def _where(reading: Reading, at: types.Position) -> dict[str, object]:
    position = {"line": at.line, "character": at.character}
    return {"uri": reading.document.uri, "position": position}


def _function(reading: Reading, params: types.CodeActionParams) -> list[types.CodeAction]:
    found = reading.function_named_at(params.range.start)
    if found is None:
        return []
    where = _where(reading, params.range.start)
    return [_explain(f"Explain memory of function {short_name(found[0].name)}", EXPLAIN, where)]
