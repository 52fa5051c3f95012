"""Every allocating call of a compiled function: its type, its size, what it was given."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from golsp_mem.compiler.facts import MAP_INLINE_BYTES, SIZE_CLASSES, pointer_size, size_class
from golsp_mem.compiler.objects.goobj import Function
from golsp_mem.compiler.objects.machine import (
    has_buffer,
    is_byte,
    length_operand,
    named_with_result,
    size_operand,
    type_argument,
)
from golsp_mem.compiler.objects.pairs import type_beside_result
from golsp_mem.compiler.objects.reaching import KEEPS_REGISTERS
from golsp_mem.compiler.objects.records import Relocation
from golsp_mem.compiler.rules import SPECIALISED, Rule, Sizing, rule_for
from golsp_mem.compiler.types import Kind, TypeFacts, TypeResolver, display_type
from golsp_mem.model import Allocation, Boxed, Code

_LEAST_CLASS = 8


def allocations(function: Function, resolve: TypeResolver, goarch: str) -> Iterator[Allocation]:
    """Every allocating call of a compiled function, in code order.

    ``resolve`` gives a type's facts by name, None when nobody knows.
    """
    types: list[Relocation] = []
    relocations = function.relocations
    after = 0
    for at, relocation in enumerate(relocations):
        if relocation.size == 0:
            continue
        target = relocation.target
        if target.startswith("type:"):
            types.append(relocation)
            continue
        rule = rule_for(target)
        if rule is not None:
            reader = _Reader(function, at, rule, resolve, goarch, after)
            yield reader.allocation(
                None
                if rule.sizing in (Sizing.UNKNOWN, Sizing.BOXED)
                else type_argument(function, types, relocation, goarch)
            )
        if rule is not None or (relocation.is_call and not target.startswith(KEEPS_REGISTERS)):
            # Registers do not survive a call, so a type named before it is not an argument.
            types.clear()
            after = relocation.offset + relocation.size


@frozen
class _Reader:
    """One allocating call. ``after`` is where the code of the call before it ends."""

    function: Function
    at: int
    rule: Rule
    resolve: TypeResolver
    goarch: str
    after: int

    @property
    def call(self) -> Relocation:
        return self.function.relocations[self.at]

    def allocation(self, type_name: str | None) -> Allocation:
        rule, call, goarch = self.rule, self.call, self.goarch
        if rule.sizing is Sizing.BOXED:
            type_name = self._boxed_type()
        facts = self.resolve(type_name) if type_name is not None else None
        size = class_ = None
        if rule.sizing is Sizing.TYPE:
            size, class_ = _object_size(self.function, call, facts, goarch)
        elif rule.words is not None or rule.bytes is not None:
            size = rule.bytes if rule.bytes is not None else _words(rule, goarch)
            class_ = size_class(size, pointers=rule.pointers, goarch=goarch)
        length = length_operand(self.function, call, self.after, goarch) if rule.length else None
        if length and call.target != "runtime.stringtoslicerune":
            size, class_ = _converted_size(call.target, length, goarch)
        code = self.function.code
        return Allocation(
            code=rule.code,
            runtime_call=call.target,
            function=self.function.name,
            stack=self.function.stack_at(call.offset),
            type=display_type(type_name) if type_name is not None else None,
            bytes=size,
            size_class=class_,
            guard=rule.guard,
            offset=call.offset,
            element_bytes=facts.size if facts and rule.sizing is Sizing.ELEMENT else None,
            pointers=facts.pointers if facts else None,
            bookkeeping=rule.bookkeeping,
            buffered=has_buffer(code, call.offset, self.after, goarch) if rule.buffer else None,
            length=length,
            boxed=self._boxed(facts) if rule.sizing is Sizing.BOXED else None,
            apart=self._apart(facts) if rule.code is Code.HEAP_MAP_INSERT else (),
        )

    def _boxed_type(self) -> str | None:
        names = named_with_result(self.function, self.function.relocations, self.at, self.goarch)
        fitting = {offset: name for offset, name in names.items() if self._fits(name)}
        several = set(fitting.values())
        if len(several) == 1:
            return several.pop()
        # Elsewhere nothing tells which of several is stored beside the result.
        is_known = bool(several) and self.goarch == "amd64"
        return type_beside_result(self.function, self.call, fitting) if is_known else None

    def _fits(self, name: str) -> bool:
        """Whether convT… is what the compiler calls for a value of the type (walk/convert.go,
        dataWordFuncName)."""
        facts = self.resolve(name)
        if facts is None:
            return True
        if self.rule.words is not None:
            return facts.pointers and facts.size == _words(self.rule, self.goarch)
        return not facts.pointers and facts.size == self.rule.bytes

    def _boxed(self, facts: TypeFacts | None) -> Boxed:
        if is_byte(self.function.code, self.call.offset, self.goarch) and self.rule.words is None:
            return Boxed.BYTE
        if facts is None:
            return Boxed.BITS
        if Kind.is_signed(facts.kind):
            return Boxed.SIGNED
        if Kind.is_unsigned(facts.kind):
            return Boxed.UNSIGNED
        return Boxed.FLOAT if Kind.is_float(facts.kind) else Boxed.BITS

    def _apart(self, facts: TypeFacts | None) -> tuple[int, ...]:
        """Sizes of keys and elements that a map keeps in objects of their own: above 128 B
        (internal/abi/map.go, MapMaxKeyBytes and MapMaxElemBytes; runtime/map.go before 1.24)."""
        if facts is None or "_fast" in self.call.target:
            return ()
        parts = [self.resolve(name) for name in (facts.key, facts.element) if name]
        return tuple(
            size_class(part.size, pointers=part.pointers, goarch=self.goarch)
            for part in parts
            if part is not None and part.size > MAP_INLINE_BYTES
        )


def _converted_size(target: str, length: int, goarch: str) -> tuple[int, int]:
    """runtime/string.go: rawstring asks for as many bytes, rawbyteslice for a whole size class,
    the least of which is 8 B."""
    class_ = size_class(length, pointers=False, goarch=goarch)
    if target == "runtime.stringtoslicebyte":
        return class_ if length > _LEAST_CLASS else _LEAST_CLASS, class_
    return length, class_


def _words(rule: Rule, goarch: str) -> int:
    return (rule.words or 0) * pointer_size(goarch)


def _object_size(
    function: Function, call: Relocation, facts: TypeFacts | None, goarch: str
) -> tuple[int | None, int | None]:
    special = SPECIALISED.match(call.target)
    if facts is not None:
        return facts.size, size_class(facts.size, pointers=facts.pointers, goarch=goarch)
    # Without a type (Go 1.25+ merges neighbouring objects) the size is an immediate operand.
    size = size_operand(function.code, call.offset, goarch)
    if special and special["class"]:
        pointers = special["kind"] == "SmallScanNoHeader"
        # Class 0 of the runtime's table is "large"; ours starts at its class 1.
        class_ = SIZE_CLASSES[int(special["class"]) - 1]
        return size, max(class_, 16) if not pointers and class_ < 16 else class_
    if size is None:
        return None, None
    if special and special["kind"] == "Tiny":
        return size, 16
    # An untyped block holds no pointers (walk and ssagen merge only such objects).
    return size, size_class(size, pointers=False, goarch=goarch)
