"""Constant integers in Go source: what an expression is worth where the text of a package tells.

There is no type checker here: what is not surely one value is None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property

from attrs import evolve, frozen

from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import is_target, setter, variable_at

# Constants beyond this need no exact value: the runtime's ceiling is below 2**31.
_LARGEST_SHIFT = 512
_LARGEST_EXPONENT = 400
_MAX_DEPTH = 20
_INTEGER = re.compile(r"0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*")
_DECIMAL = re.compile(r"[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?")
_INTEGER_TYPES = {
    "int": 0, "int8": 8, "int16": 16, "int32": 32, "int64": 64, "rune": 32,
    "uint": 0, "uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64, "byte": 8, "uintptr": 0,
}  # fmt: skip
"""Bits, 0 for as many as a pointer has."""
_UNSIGNED = ("u", "byte")
_FLOAT = "float64"
_MATH = {
    "math.MaxInt8": 2**7 - 1, "math.MaxUint8": 2**8 - 1,
    "math.MaxInt16": 2**15 - 1, "math.MaxUint16": 2**16 - 1,
    "math.MaxInt32": 2**31 - 1, "math.MaxUint32": 2**32 - 1,
    "math.MaxInt64": 2**63 - 1, "math.MaxUint64": 2**64 - 1,
}  # fmt: skip
# flag.Int("name", 1<<20, "usage"), also of github.com/spf13/pflag.
_FLAG = re.compile(r"p?flag\.(Int|Int64|Uint|Uint64)")
_FLAG_VARIABLE = re.compile(r"p?flag\.(Int|Int64|Uint|Uint64)Var")


@frozen
class Known:
    """A value. ``flag`` names the command-line flag whose default it is, None for a value that
    always holds. ``type`` is its own, None for an integer constant without one; what is
    ``computed`` when the program runs is cut to that type, constants never are."""

    value: Fraction
    flag: str | None = None
    type: str | None = None
    computed: bool = False

    @property
    def integer(self) -> int | None:
        return int(self.value) if self.value.denominator == 1 else None


def constant_value(file: GoFile, node: Node) -> int | None:
    """The value of a constant integer expression in one file; None for anything else."""
    known = Constants((file,)).of(file, node)
    return known.integer if known is not None and known.flag is None else None


@frozen(eq=False)
class Constants:
    """The constants of one package's files, which share their names.

    Understands literals, arithmetic and shifts, ``int(…)``, constants with iota, variables that
    are set once and never again, and the defaults of flags. ``pointer_bytes`` is the target's,
    ``iota`` its value inside a constant declaration.
    """

    files: Sequence[GoFile]
    pointer_bytes: int = 8
    iota: int | None = None

    def of(self, file: GoFile, node: Node, depth: int = 0) -> Known | None:
        """What an expression of a file is worth; None where that is not sure."""
        return self._evaluate(file, node, depth)

    def _evaluate(self, file: GoFile, node: Node, depth: int) -> Known | None:
        if depth > _MAX_DEPTH:
            return None
        kind = node.kind
        if kind in ("int_literal", "float_literal"):
            type_ = _FLOAT if kind == "float_literal" else None
            return _known(_literal(file.tree.source(node)), type_)
        if kind == "parenthesized_expression":
            inner = next(iter(node.named_children), None)
            return self._evaluate(file, inner, depth + 1) if inner is not None else None
        if kind == "unary_expression":
            return self._unary(file, node, depth)
        if kind == "binary_expression":
            return self._binary(file, node, depth)
        if kind in ("call_expression", "type_conversion_expression"):
            return self._converted(file, node, depth)
        if kind == "selector_expression":
            return _known(self._of_other_packages(file.tree.source(node)))
        if kind in ("identifier", "iota"):
            return self._named(file, node, depth)
        return None

    def _of_other_packages(self, name: str) -> Fraction | None:
        bits = 8 * self.pointer_bytes
        by_width = {
            "math.MaxInt": 2 ** (bits - 1) - 1, "math.MaxUint": 2**bits - 1,
            "strconv.IntSize": bits, "bits.UintSize": bits,
        }  # fmt: skip
        value = by_width.get(name, _MATH.get(name))
        return None if value is None else Fraction(value)

    def _unary(self, file: GoFile, node: Node, depth: int) -> Known | None:
        operand, operator = node.field("operand"), node.field("operator")
        if operand is None or operator is None:
            return None
        sign = file.tree.source(operator)
        if sign == "*":
            return self._flag(file, operand, depth)
        if sign == "^" and file.tree.collapsed(operand) in ("uint(0)", "uintptr(0)"):
            return Known(Fraction(2 ** (8 * self.pointer_bytes) - 1), type="uint")
        known = self._evaluate(file, operand, depth + 1)
        if known is None or sign not in "+-":
            return None
        return self._cut(evolve(known, value=-known.value)) if sign == "-" else known

    def _binary(self, file: GoFile, node: Node, depth: int) -> Known | None:
        left_node, right_node, operator = (node.field(n) for n in ("left", "right", "operator"))
        if left_node is None or right_node is None or operator is None:
            return None
        left = self._evaluate(file, left_node, depth + 1)
        right = self._evaluate(file, right_node, depth + 1)
        if left is None or right is None:
            return None
        sign = file.tree.source(operator)
        type_ = _type_of(left, right, sign)
        value = _calculated(left.value, right.value, sign, exact=type_ == _FLOAT)
        if value is None:
            return None
        computed = left.computed or right.computed
        return self._cut(Known(value, left.flag or right.flag, type_, computed))

    def _cut(self, known: Known) -> Known | None:
        """None where the program would not compute that value, its type being too small for it;
        of types that nobody knows here, and of floats, that is not known."""
        if not known.computed:
            return known
        bits = _INTEGER_TYPES.get(known.type or "")
        if bits is None:
            return None
        bits = bits or 8 * self.pointer_bytes
        unsigned = (known.type or "").startswith(_UNSIGNED)
        least, end = (0, 1 << bits) if unsigned else (-(1 << bits - 1), 1 << bits - 1)
        return known if known.integer is not None and least <= known.value < end else None

    def _converted(self, file: GoFile, node: Node, depth: int) -> Known | None:
        if node.kind == "call_expression":
            function, arguments = node.field("function"), node.field("arguments")
            operand = arguments.named_children if arguments is not None else ()
        else:
            function, only = node.field("type"), node.field("operand")
            operand = (only,) if only is not None else ()
        if function is None or len(operand) != 1:
            return None
        type_ = file.tree.source(function)
        if type_ == "len" and self._declaration(file, function) is None:
            return self._length(file, operand[0], depth)
        if type_ not in _INTEGER_TYPES or self._declaration(file, function) is not None:
            return None
        known = self._evaluate(file, operand[0], depth + 1)
        return self._cut(evolve(known, type=type_, computed=True)) if known is not None else None

    def _length(self, file: GoFile, operand: Node, depth: int) -> Known | None:
        """How many elements an array has, which belongs to its type."""
        found = self._declaration(file, operand) if operand.kind == "identifier" else None
        if found is None or (spec := found[1].parent) is None:
            return None
        where, name = found
        value = _initial(name)
        type_ = spec.field("type") if spec.kind in ("var_spec", "parameter_declaration") else None
        if type_ is None and value is not None and value.kind == "composite_literal":
            type_ = value.field("type")
        if type_ is not None and type_.kind == "pointer_type" and type_.named_children:
            type_ = type_.named_children[0]  # len(p) of p *[9]int
        if type_ is not None and type_.kind == "array_type":
            length = type_.field("length")
            return self._evaluate(where, length, depth + 1) if length is not None else None
        listed = value.field("body") if value is not None and type_ is not None else None
        if listed is None or type_ is None or type_.kind != "implicit_length_array_type":
            return None
        elements = [one for one in listed.named_children if one.kind != "comment"]
        if any(one.kind == "keyed_element" for one in elements):
            return None
        return Known(Fraction(len(elements)))

    # Names

    def _named(self, file: GoFile, node: Node, depth: int) -> Known | None:
        if file.tree.source(node) == "iota":
            is_own = self._declaration(file, node) is not None
            return None if self.iota is None or is_own else Known(Fraction(self.iota))
        found = self._declaration(file, node)
        if found is None:
            return None
        where, name = found
        spec = name.parent
        if spec is not None and spec.kind == "const_spec":
            return self._constant(where, name, spec, depth)
        value = _initial(name)
        if value is not None and self._is_set_once(where, name):
            known = self._evaluate(where, value, depth + 1)
            if known is None:
                return None
            written = spec.field("type") if spec is not None and spec.kind == "var_spec" else None
            type_ = where.tree.source(written) if written is not None else known.type or "int"
            return evolve(known, type=type_, computed=True)
        return self._flag_variable(where, name, depth) if value is None else None

    def _declaration(self, file: GoFile, identifier: Node) -> tuple[GoFile, Node] | None:
        """The name where a variable or constant is declared, in this file or another."""
        span = file.tree.node_span(identifier)
        declared = file.declaration_of(span.line, span.column)
        if declared is not None:
            return file, file.tree.smallest(*file.tree.bounds(declared))
        return self._package_names.get(file.tree.source(identifier))

    @cached_property
    def _package_names(self) -> dict[str, tuple[GoFile, Node]]:
        names: dict[str, tuple[GoFile, Node]] = {}
        for file in self.files:
            for declaration in file.tree.root.named_children:
                if declaration.kind in ("const_declaration", "var_declaration"):
                    for name in _declared_names(declaration):
                        names[file.tree.source(name)] = (file, name)
        return names

    def _constant(self, file: GoFile, name: Node, spec: Node, depth: int) -> Known | None:
        names = [one.start for one in spec.fields("name") if one.kind == "identifier"]
        values = spec.field("value")
        number = 0
        block = spec.parent
        if block is not None:
            # A spec without values repeats the last that has some, with its own iota.
            specs = [one for one in block.named_children if one.kind == "const_spec"]
            number = next(i for i, one in enumerate(specs) if one.start == spec.start)
            before = [one for one in specs[: number + 1] if one.field("value") is not None]
            spec = before[-1] if before else spec
            values = spec.field("value")
        listed = values.named_children if values is not None else ()
        if name.start not in names or len(names) != len(listed):
            return None
        inside = evolve(self, iota=number)
        known = inside.of(file, listed[names.index(name.start)], depth + 1)
        written = spec.field("type")
        if known is None or written is None:
            return known
        return evolve(known, type=file.tree.source(written))

    def _is_set_once(self, file: GoFile, name: Node) -> bool:
        """Whether a variable keeps the value of its declaration: nothing sets it again or takes its
        address in the files that see it."""
        return not any(_may_set(one) for _, one in self._uses(file, name))

    def _uses(self, file: GoFile, name: Node) -> Iterator[tuple[GoFile, Node]]:
        """Where a variable is named, its declaration apart."""
        local = variable_at(file, name)
        if local is not None:
            yield from ((file, one) for one in local.uses if one.start != name.start)
            return
        text = file.tree.source(name)
        for one in self.files:
            for node in one.tree.named(text):
                is_own = one is file and node.start == name.start
                if node.kind == "identifier" and not is_own and not one.is_local(text, node.start):
                    yield one, node

    def _flag(self, file: GoFile, pointer: Node, depth: int) -> Known | None:
        """``*limit`` of ``limit = flag.Int("limit", DEFAULT, …)``."""
        found = self._declaration(file, pointer) if pointer.kind == "identifier" else None
        if found is None or not all(_only_reads(one) for _, one in self._uses(*found)):
            return None
        where, name = found
        value = _initial(name)
        if value is None or value.kind != "call_expression":
            return None
        return self._default(where, value, _FLAG, 0, depth)

    def _flag_variable(self, file: GoFile, name: Node, depth: int) -> Known | None:
        """``flag.IntVar(&limit, "limit", DEFAULT, …)`` for a variable without a value."""
        pointed = [(where, one) for where, one in self._uses(file, name) if _may_set(one)]
        if len(pointed) != 1:
            return None
        where, use = pointed[0]
        call = next((one for one in use.ancestors() if one.kind == "call_expression"), None)
        if call is None or block_of(call) is None:
            return None
        return self._default(where, call, _FLAG_VARIABLE, 1, depth)

    def _default(
        self, file: GoFile, call: Node, function: re.Pattern[str], first: int, depth: int
    ) -> Known | None:
        callee, arguments = call.field("function"), call.field("arguments")
        if callee is None or arguments is None or not function.fullmatch(file.tree.source(callee)):
            return None
        given = arguments.named_children
        if len(given) < first + 2:
            return None
        known = self._evaluate(file, given[first + 1], depth + 1)
        flag = file.tree.source(given[first]).strip('"`')
        if known is None or any(_sets_flag(one, flag) for one in self.files):
            return None
        type_ = file.tree.source(callee).rpartition(".")[2].removesuffix("Var").lower()
        return evolve(known, flag=flag, type=type_, computed=True)


def block_of(call: Node) -> int | None:
    """The start of the declared function whose statement the call is part of; None for one that may
    not be made when that runs (a branch, a loop, a deferred call, a literal)."""
    for outer in call.ancestors():
        if outer.kind in ("block", "statement_list"):
            parent = outer.parent
            if parent is not None and parent.kind == "block":
                parent = parent.parent
            declared = parent is not None and parent.kind.endswith("_declaration")
            return parent.start if parent is not None and declared else None
        if outer.kind in ("defer_statement", "go_statement", "func_literal"):
            return None
    return None


def _may_set(use: Node) -> bool:
    """Whether a use sets a variable, takes its address, or calls a method that may do so."""
    parent = use.parent
    if parent is not None and parent.kind == "selector_expression":
        return True
    return is_target(use) or setter(use) is not None


def _only_reads(use: Node) -> bool:
    """Whether a use of a pointer reads what it points to, ``*p``, and no more."""
    parent = use.parent
    is_read = parent is not None and parent.kind == "unary_expression"
    return (
        parent is not None
        and is_read
        and parent.token("*") is not None
        and (setter(parent) is None and not is_target(parent))
    )


def _sets_flag(file: GoFile, flag: str) -> bool:
    named = rb"\b(?:Set|Lookup)\(\s*[\"`]" + re.escape(flag.encode()) + rb"[\"`]"
    return re.search(named, file.text) is not None


def _known(value: Fraction | None, type_: str | None = None) -> Known | None:
    return None if value is None else Known(value, type=type_)


def _type_of(left: Known, right: Known, sign: str) -> str | None:
    """The type of what two operands make; constants without one take the other's."""
    if sign in ("<<", ">>") or not right.type:
        return left.type
    if left.type == _FLOAT and not left.computed and right.computed:
        return right.type
    return left.type or right.type


def _declared_names(declaration: Node) -> Iterator[Node]:
    for node in declaration.walk():
        if node.kind in ("const_spec", "var_spec"):
            yield from (name for name in node.fields("name") if name.kind == "identifier")


def _initial(name: Node) -> Node | None:
    """The value that a variable is declared with; None without one."""
    spec = name.parent
    if spec is not None and spec.kind == "expression_list":
        spec = spec.parent
    if spec is None or spec.kind not in ("var_spec", "short_var_declaration"):
        return None
    if spec.kind == "var_spec":
        names: tuple[Node, ...] = spec.fields("name")
        values = spec.field("value")
    else:
        left = spec.field("left")
        names = left.named_children if left is not None else ()
        values = spec.field("right")
    listed = values.named_children if values is not None else ()
    starts = [one.start for one in names]
    if len(starts) != len(listed) or name.start not in starts:
        return None
    return listed[starts.index(name.start)]


def _literal(text: str) -> Fraction | None:
    digits = text.replace("_", "")
    if _INTEGER.fullmatch(digits):
        if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
            return Fraction(int(digits, 8))
        return Fraction(int(digits, 0))
    match = _DECIMAL.fullmatch(digits)
    if match is None or not any(character.isdigit() for character in digits):
        return None
    exponent = match[1]
    if exponent is not None and abs(int(exponent[1:])) > _LARGEST_EXPONENT:
        return None
    return Fraction(digits)


def _calculated(left: Fraction, right: Fraction, sign: str, *, exact: bool) -> Fraction | None:
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    if sign == "*":
        return left * right
    if sign == "/" and exact:
        return left / right if right else None
    if left.denominator != 1 or right.denominator != 1:
        return None
    return _whole_numbers(int(left), int(right), sign)


def _whole_numbers(left: int, right: int, sign: str) -> Fraction | None:
    if sign in ("/", "%"):
        if right == 0:
            return None
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return Fraction(quotient if sign == "/" else left - quotient * right)
    if sign in ("<<", ">>"):
        if not 0 <= right <= _LARGEST_SHIFT:
            return None
        return Fraction(left << right if sign == "<<" else left >> right)
    bits = {"|": left | right, "&": left & right, "^": left ^ right, "&^": left & ~right}
    return Fraction(bits[sign]) if sign in bits else None
