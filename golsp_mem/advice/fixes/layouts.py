"""Sizes of Go types on targets with pointers of eight bytes (cmd/compile/internal/types/size.go),
as far as the text says them: predeclared types, those of the package, a few of the standard library
that are the same from Go 1.22 to 1.27. Bytes."""

from __future__ import annotations

from attrs import frozen

from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile

_WORD = 8
_NUMBERS = {
    **dict.fromkeys(("bool", "int8", "uint8", "byte"), 1),
    **dict.fromkeys(("int16", "uint16"), 2),
    **dict.fromkeys(("int32", "uint32", "rune", "float32"), 4),
    **dict.fromkeys(("int", "uint", "uintptr", "int64", "uint64", "float64", "complex64"), 8),
    "complex128": 16,
}
_MOST_DEPTH = 8


@frozen
class Layout:
    """``align`` is a power of two."""

    size: int
    align: int


_POINTER = Layout(_WORD, _WORD)
_INTERFACE = Layout(2 * _WORD, _WORD)
_KNOWN = {
    "string": Layout(2 * _WORD, _WORD),
    "error": _INTERFACE,
    "any": _INTERFACE,
    "time.Duration": _POINTER,
    "time.Time": Layout(3 * _WORD, _WORD),
    "sync.Mutex": Layout(8, 4),
    "sync.RWMutex": Layout(24, 4),
    "context.Context": _INTERFACE,
    "io.Reader": _INTERFACE,
    "io.Writer": _INTERFACE,
    "net.IP": Layout(3 * _WORD, _WORD),
    "reflect.Type": _INTERFACE,
}
_POINTERS = ("pointer_type", "map_type", "channel_type", "function_type")


@frozen(eq=False)
class Types:
    """The declared types of a package: what stands for each name, and in which file."""

    declared: dict[str, tuple[GoFile, Node]]

    def of(self, file: GoFile, written: Node, depth: int = _MOST_DEPTH) -> Layout | None:
        """The layout of a type as written; None where the text does not say it."""
        node = written
        while node.kind == "parenthesized_type" and node.named_children:
            node = node.named_children[0]
        if node.kind in _POINTERS:
            return _POINTER
        if node.kind == "slice_type":
            return Layout(3 * _WORD, _WORD)
        if node.kind == "interface_type":
            return _INTERFACE
        if node.kind == "array_type":
            return self._array(file, node, depth)
        if node.kind == "struct_type":
            fields = fields_of(node)
            return None if fields is None else self.packed(file, fields, depth - 1)
        name = file.tree.source(node)
        if name in self.declared and depth > 0:
            return self.of(*self.declared[name], depth - 1)
        size = _NUMBERS.get(name)
        if size is not None:
            return Layout(size, 4 if name == "complex64" else min(size, _WORD))
        return _KNOWN.get(name)

    def _array(self, file: GoFile, node: Node, depth: int) -> Layout | None:
        length, element = node.field("length"), node.field("element")
        inner = self.of(file, element, depth - 1) if element is not None and depth > 0 else None
        text = file.tree.source(unparenthesized(length)) if length is not None else ""
        if inner is None or not text.isdecimal():
            return None
        return Layout(int(text) * inner.size, inner.align)

    def packed(self, file: GoFile, fields: list[Field], depth: int = _MOST_DEPTH) -> Layout | None:
        """A struct of these fields in their order."""
        offset, align, last = 0, 1, 1
        for one in fields:
            inner = self.of(file, one.type, depth)
            if inner is None:
                return None
            for _ in range(one.count):
                offset = _rounded(offset, inner.align) + inner.size
                last = inner.size
            align = max(align, inner.align)
        # A pointer behind a last field of no size would be one to the next block.
        return Layout(_rounded(offset + (last == 0 and offset > 0), align), align)


@frozen(eq=False)
class Field:
    """One field declaration: of ``count`` names of one type."""

    node: Node
    type: Node
    count: int
    names: tuple[Node, ...]


def fields_of(struct: Node) -> list[Field] | None:
    """The fields of a struct type in their order; None where one is not read."""
    listed = next((one for one in struct.children if one.kind == "field_declaration_list"), None)
    if listed is None:
        return None
    found = []
    for node in listed.named_children:
        written = node.field("type")
        if node.kind != "field_declaration" or written is None:
            return None
        names = node.fields("name")
        if not names and node.token("*") is not None:
            return None  # an embedded pointer, which the tree takes apart
        found.append(Field(node, written, max(1, len(names)), names))
    return found


def _rounded(size: int, align: int) -> int:
    return (size + align - 1) // align * align
