"""Analyses as compact JSON rows and back. Texts that recur are numbered once per package."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from golsp_mem.model import (
    Allocates,
    BuildError,
    Code,
    Finding,
    FunctionFacts,
    Message,
    MessageKind,
    PackageAnalysis,
    PackageStatus,
    Position,
    Span,
    StackFrame,
    Step,
)

FORMAT = 6
"""Raise it whenever a row changes its shape, or an analysis its meaning."""

Row = Sequence[Any]
_CODES = {str(code): code for code in Code}
_VERDICTS = {str(verdict): verdict for verdict in Allocates}
_KINDS = {str(kind): kind for kind in MessageKind}


class _Names:
    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers))


def package_to(package: PackageAnalysis) -> Mapping[str, object]:
    """A JSON-ready mapping of the whole analysis."""
    names = _Names()
    findings = [_finding_to(finding, names) for finding in package.findings]
    functions = [
        [names(one.name), names(one.file), one.line, one.frame_bytes, one.args_bytes,
         [_message_to(leak, names) for leak in one.leaks]]
        for one in package.functions
    ]  # fmt: skip
    return {
        "import_path": package.import_path,
        "directory": package.directory,
        "status": package.status,
        "files": package.files,
        "errors": [
            [one.text, _position_to(one.position, names) if one.position else None]
            for one in package.errors
        ],
        "unparsed": package.unparsed,
        "marked": package.marked,
        "generated": package.generated,
        "findings": findings,
        "functions": functions,
        "names": list(names.numbers),
    }


def package_from(raw: Mapping[str, Any]) -> PackageAnalysis:
    """The analysis. Raises KeyError, IndexError, TypeError or ValueError on other shapes."""
    names = raw["names"]
    name: Callable[[int], str] = names.__getitem__
    return PackageAnalysis(
        import_path=raw["import_path"],
        directory=raw["directory"],
        status=PackageStatus(raw["status"]),
        files=tuple(raw["files"]),
        findings=tuple([_finding_from(row, name) for row in raw["findings"]]),
        functions=tuple(
            [
                FunctionFacts(
                    name(function), name(file), line, frame, args,
                    tuple([_message_from(leak, name) for leak in leaks]),
                )
                for function, file, line, frame, args, leaks in raw["functions"]
            ]
        ),
        errors=tuple(
            BuildError(text, _position_from(row, name) if row else None)
            for text, row in raw["errors"]
        ),
        unparsed=raw["unparsed"],
        marked=tuple(raw["marked"]),
        generated=tuple(raw["generated"]),
    )  # fmt: skip


def _finding_to(one: Finding, names: _Names) -> Row:
    span = one.span
    return [
        one.code, names(span.file), span.line, span.column, span.end_line, span.end_column,
        names(one.package), names(one.function), one.message, one.allocates, one.condition,
        one.type, one.bytes, one.size_class, one.runtime_call, one.subject,
        [[names(frame.function), names(frame.file), frame.line] for frame in one.stack],
        [[step.text, _position_to(step.position, names) if step.position else None]
         for step in one.reason],
        _message_to(one.why, names) if one.why else None,
        one.callee, one.bookkeeping, one.fingerprint, one.as_written,
        one.repeats,
    ]  # fmt: skip


def _finding_from(row: Row, name: Callable[[int], str]) -> Finding:
    (code, file, line, column, end_line, end_column, package, function, message, allocates,
     condition, type_, size, size_class, runtime_call, subject, stack, reason, why, callee,
     bookkeeping, fingerprint, as_written, repeats) = row  # fmt: skip
    return Finding(
        _CODES[code], Span(name(file), line, column, end_line, end_column), name(package),
        name(function), message, _VERDICTS[allocates], condition, type_, size, size_class,
        runtime_call, subject, tuple([StackFrame(name(f), name(p), n) for f, p, n in stack]),
        tuple([Step(text, _position_from(at, name) if at else None) for text, at in reason]),
        _message_from(why, name) if why else None, callee, bookkeeping, fingerprint,
        _VERDICTS[as_written], None, repeats,
    )  # fmt: skip


def _message_to(message: Message, names: _Names) -> Row:
    return [message.kind, *_position_to(message.position, names), message.subject, message.text]


def _message_from(row: Row, name: Callable[[int], str]) -> Message:
    kind, file, line, column, subject, text = row
    return Message(_KINDS[kind], Position(name(file), line, column), subject, text)


def _position_to(position: Position, names: _Names) -> Row:
    return [names(position.file), position.line, position.column]


def _position_from(row: Row, name: Callable[[int], str]) -> Position:
    file, line, column = row
    return Position(name(file), line, column)
