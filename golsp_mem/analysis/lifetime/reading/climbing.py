"""What a variable's own text does with what it holds, followed up through each expression."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import field, frozen

from golsp_mem.analysis.lifetime.reading.callees import (
    callees,
    parameter_at,
    promoted,
    receiver,
)
from golsp_mem.analysis.lifetime.reading.effects import Effect, UseEffect, Way
from golsp_mem.analysis.lifetime.reading.expressions import (
    Path,
    conversion,
    root_of,
    static_type,
    variable_type,
)
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT
from golsp_mem.analysis.lifetime.reading.keeping import Keeping, is_plain
from golsp_mem.analysis.lifetime.reading.origins import Origin, Origins
from golsp_mem.analysis.lifetime.reading.package import Package, role_of
from golsp_mem.analysis.lifetime.reading.returns import returned
from golsp_mem.analysis.lifetime.reading.standard import standard_type
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.analysis.lifetime.reading.weakly import is_made_weak, strong_again
from golsp_mem.source.package import Place, is_number, results_of
from golsp_mem.source.parts.tree import (
    Node,
    outer_parentheses,
)
from golsp_mem.source.variables import (
    Variable,
    function_node,
    in_same_function,
    is_pointed_at,
    setter,
)

_OTHERS = (Origin.OUTSIDE, Origin.CALLER, Origin.FOREIGN)
_PARTS = ("selector_expression", "unary_expression", "parenthesized_expression", "argument_list")


@frozen(eq=False)
class Climbing:
    """Answers for one package; what calls do with their arguments ``keeping`` tells."""

    package: Package
    origins: Origins
    keeping: Keeping
    _given_back: dict[tuple[str, int, int], bool] = field(factory=dict, init=False)

    def effects_of(self, value: Place, path: Path | None) -> Iterator[UseEffect]:
        """What becomes of what lies at ``path`` below a value that has no name."""
        yield from self._climb(value, value.node, Way(path))

    def effects(self, variable: Variable, path: Path | None) -> Iterator[UseEffect]:
        """What the uses of a variable do with what lies at ``path`` below it."""
        for use in variable.uses:
            if use.start != variable.declaration.start:
                yield from self._climb(Place(variable.file, use), use, Way(path))
                if not in_same_function(variable, use):
                    yield from self._captured(variable, use)

    def _captured(self, variable: Variable, use: Node) -> Iterator[UseEffect]:
        """The literal around the use holds the variable wherever the literal itself goes."""
        literal = function_node(use)
        while literal is not None:
            around = function_node(literal)
            if around is None or variable.file.tree.node_span(around) == variable.function.span:
                break
            literal = around
        if literal is not None:
            yield from self._climb(Place(variable.file, literal), use, Way(None, (), wrapped=True))

    def _climb(self, value: Place, use: Node, way: Way) -> Iterator[UseEffect]:
        node = outer_parentheses(value.node)
        outer = node.parent
        if outer is None:
            return
        if outer.kind == "selector_expression":
            yield from self._selected(value, node, outer, use, way)
        elif outer.kind in ("index_expression", "slice_expression", "type_assertion_expression",
                            "unary_expression"):  # fmt: skip
            yield from self._operand(value, node, outer, use, way)
        elif outer.kind in ("literal_element", "keyed_element", "literal_value"):
            literal = next(
                (one for one in node.ancestors() if one.kind == "composite_literal"), None
            )
            if literal is not None:
                yield from self._climb(value.of(literal), use, way.inside)
        elif outer.kind == "argument_list" and outer.parent is not None:
            yield from self._argument(value, node, outer, use, way)
        elif outer.kind == "call_expression" and outer.field("function") is node:
            yield from self._delayed(outer, use)
        elif outer.kind == "type_conversion_expression":
            yield from self._climb(value.of(outer), use, way)
        else:
            yield from self._stored(value, node, outer, use, way)

    def _selected(
        self, value: Place, node: Node, outer: Node, use: Node, way: Way
    ) -> Iterator[UseEffect]:
        name = outer.field("field")
        if name is None or outer.field("operand") is not node:
            return
        field_name = value.file.tree.source(name)
        around = outer_parentheses(outer).parent
        if (
            around is not None
            and around.kind == "call_expression"
            and (around.field("function") is outer_parentheses(outer))
        ):
            yield from self._method(value, around, use, way)
            return
        if self._is_method(value.of(node), field_name):
            yield from self._climb(value.of(outer), use, way.inside)
            return
        on = way.select(field_name)
        is_copied = not is_pointed_at(outer) and self._is_number(value.of(node), field_name)
        if on is not None and not is_copied:
            yield from self._climb(value.of(outer), use, on)
            return
        if way.left == () and self._is_promoted(value.of(node), field_name):
            yield from self._climb(value.of(outer), use, way.inside)
            return
        yield from self._inside(outer, use)
        pointer = self._pointer_into(value.of(outer)) if way.left == () else None
        if pointer is not None:
            yield from self._climb(value.of(pointer), use, way.inside)

    def _is_number(self, operand: Place, name: str) -> bool:
        """Whether a field holds a number, and so nothing."""
        syntax = self.package.syntax
        kinds = syntax.fields.get(name, frozenset())
        if not any(map(is_number, kinds)):
            return False
        own = syntax.structs.get(base_of(self._type(operand) or ""), {}).get(name)
        return is_number(own) if own is not None else all(map(is_number, kinds))

    def _pointer_into(self, field_of_owner: Place) -> Node | None:
        """``&d.mu``, which holds all of what ``d`` points to, around ``d.mu``."""
        node = outer_parentheses(field_of_owner.node)
        while node.parent is not None and node.parent.kind == "selector_expression":
            if self._is_pointer(field_of_owner.of(node)):
                return None
            node = outer_parentheses(node.parent)
        outer = node.parent
        is_address = outer is not None and outer.kind == "unary_expression"
        return outer if is_address and outer is not None and outer.token("&") else None

    def _inside(self, part: Node, use: Node) -> Iterator[UseEffect]:
        """A deferred call or a goroutine that has the address of another field: `defer
        c.mu.Unlock()` holds all of c."""
        node, is_address = part, False
        while node.parent is not None and node.parent.kind in _PARTS:
            node = node.parent
            is_address |= node.kind == "unary_expression" and node.token("&") is not None
        call = node.parent
        if call is None or call.kind != "call_expression":
            return
        # `defer f(h.fd)` has a copy of the number, and nothing else.
        if is_address or call.field("function") is node:
            yield from self._delayed(call, use)

    def _is_method(self, operand: Place, name: str) -> bool:
        known = self._type(operand)
        if known is not None and promoted(self.package, base_of(known), name) is not None:
            return True
        if known is not None and standard_type(base_of(known)) is not None:
            return True  # they have no fields that other packages could name
        owner = self.package.foreign_of(base_of(known)) if known is not None else None
        if known is not None and owner is not None:
            return owner.method(base_of(known), name) is not None
        return name not in self.package.syntax.fields and name in self.package.syntax.methods

    def _is_promoted(self, operand: Place, name: str) -> bool:
        """Whether only something of another package that a struct embeds can have the name."""
        known = base_of(self._type(operand) or "")
        syntax = self.package.syntax
        return bool(syntax.embedded.get(known)) and name[:1].isupper() and name not in syntax.fields

    def _type(self, operand: Place) -> str | None:
        """What the compiler says of the variable where a resource is taken from it, which knows
        what generic functions return, or its type by the text."""
        variable = self.package.variable(operand)
        for use in variable.uses if variable is not None else ():
            if use.parent is not None and use.parent.kind == "selector_expression":
                known = self.package.types.of_operand(operand.of(use.parent))
                if known is not None and use.parent.field("operand") is use:
                    return known
        return static_type(self.package, operand)

    def _operand(
        self, value: Place, node: Node, outer: Node, use: Node, way: Way
    ) -> Iterator[UseEffect]:
        if outer.field("operand") is not node:
            if outer.field("index") is node and _is_set(outer):
                yield from self._into(value, [outer], use, way.inside)  # a key of a map
            return
        on: Way | None = way
        text = value.file.tree.source(outer)
        if outer.kind == "index_expression" or text.startswith("<-"):
            on = way.select(ELEMENT)
        elif outer.kind == "unary_expression" and not text.startswith(("&", "*")):
            on = None
        elif text.startswith("&") and self._is_pointer(value.of(node)):
            on = way.inside  # `p := &h`: `*p` is the owner, no copy of it
        elif text.startswith("*") and way.left == ():
            on = None  # a copy of the owner's struct holds nothing of it
        if on is not None:
            yield from self._climb(value.of(outer), use, on)

    def _is_pointer(self, value: Place) -> bool:
        return (static_type(self.package, value) or "").startswith("*")

    def _argument(
        self, value: Place, node: Node, listed: Node, use: Node, way: Way
    ) -> Iterator[UseEffect]:
        call = value.of(listed.parent or listed)
        if conversion(self.package, call) is not None:
            yield from self._climb(call, use, way)
            return
        if is_made_weak(call):
            for strong in strong_again(call):
                yield from self._climb(call.of(strong), use, way)
            return
        index = listed.named_children.index(node)
        yield from self._delayed(call.node, use)
        if self.keeping.goes_below_first(call, index):
            yield from self._into(value, [listed.named_children[0]], use, way.inside, below=True)
        kept = self.keeping.retains(call, index, way)
        if kept is not None:
            yield UseEffect(kept, use)
        if self.keeping.returns(call, index) and not self._is_made_anew(call):
            for one in self._climb(call, use, way.inside):
                if one.effect is not Effect.RETURNED or self._is_given_back(call, index):
                    yield one

    def _is_made_anew(self, call: Place) -> bool:
        """Whether every result of a call that can hold anything is a new file of the standard
        library, which holds nothing but its number: ``os.NewFile(f.Fd(), f.Name())``."""
        own = callees(self.package, call)
        return bool(own) and all(
            bool(sources) and all(
                source.origin is Origin.NEW and source.text.startswith("os.") for source in sources
            )
            for one in own
            for index, (_, written) in enumerate(results_of(one))
            if not is_plain(written)
            for sources in (self.origins.of_result(one, index),)
        )  # fmt: skip

    def _is_given_back(self, call: Place, index: int) -> bool:
        """Whether every function of the package that the call may run returns the argument, or a
        value in which it lies: not only a number taken from it."""
        own = callees(self.package, call)
        return bool(own) and all(self._gives_back(one, index) for one in own)

    def _gives_back(self, function: Place, index: int) -> bool:
        name = parameter_at(function, index)
        held = self.package.variable(function.of(name)) if name is not None else None
        key = (function.file.path, function.node.start, index)
        if key not in self._given_back:
            self._given_back[key] = False  # of a function that calls itself: what else it returns
            self._given_back[key] = held is not None and any(
                one.effect is Effect.RETURNED for one in self.effects(held, ())
            )
        return self._given_back[key]

    def _method(self, value: Place, call: Node, use: Node, way: Way) -> Iterator[UseEffect]:
        place = value.of(call)
        yield from self._delayed(call, use)
        own = callees(self.package, place)
        kept = self.keeping.strongest(self.keeping.keeps(one, receiver(one), way) for one in own)
        if kept is not None:
            yield UseEffect(kept, use)
        is_part = way.left == () and bool(own) and all(map(self._returns_part, own))
        if self.keeping.returns(place, None) and not is_part:
            yield from self._climb(place, use, way.inside)

    def _returns_part(self, method: Place) -> bool:
        """Whether a method returns only what a field of its receiver points to, a struct of the
        package that does not lead back: ``func (c *conn) state() *state { return c.state }``."""
        own, results = receiver(method), results_of(method)
        held = self.package.variable(method.of(own)) if own is not None else None
        kind = base_of(variable_type(self.package, held) or "") if held is not None else ""
        written = results[0][1] if len(results) == 1 else ""
        inner = self.package.syntax.structs.get(written.removeprefix("*"))
        if inner is None or not written.startswith("*") or written == f"*{kind}":
            return False
        if any(one.removeprefix("*") != "error" and not is_plain(one) for one in inner.values()):
            return False
        values = list(returned(method))
        return bool(values) and all(
            one.node.kind == "selector_expression"
            and (operand := one.node.field("operand")) is not None
            and operand.kind == "identifier"
            and held is not None
            and self.package.variable(one.of(operand)) is held
            for one in values
        )

    def _delayed(self, call: Node, use: Node) -> Iterator[UseEffect]:
        outer = call.parent
        if outer is not None and outer.kind == "defer_statement":
            yield UseEffect(Effect.DEFERRED, use)
        elif outer is not None and outer.kind == "go_statement":
            yield UseEffect(Effect.CONCURRENT, use)

    def _stored(
        self, value: Place, node: Node, outer: Node, use: Node, way: Way
    ) -> Iterator[UseEffect]:
        """Uses as the right side of something: assigned, declared, sent, ranged over."""
        statement = outer.parent
        if outer.kind == "expression_list" and statement is not None:
            if statement.kind == "var_spec" and statement.field("value") is outer:
                yield from self._into(
                    value, _opposite(statement.fields("name"), outer, node), use, way
                )
            right = statement.field("right")
            if right is outer:
                left = statement.field("left")
                targets = left.named_children if left is not None else ()
                yield from self._into(value, _opposite(targets, outer, node), use, way)
            if statement.kind == "return_statement":
                yield UseEffect(Effect.RETURNED, use)
        elif outer.kind == "send_statement" and outer.field("value") is node:
            channel = outer.field("channel")
            into = [channel] if channel is not None else []
            yield from self._into(value, into, use, way.inside, below=True)
        elif outer.kind == "range_clause" and outer.field("right") is node:
            left = outer.field("left")
            on = way.select(ELEMENT)
            if left is not None and on is not None:
                yield from self._into(value, list(left.named_children[1:]), use, on)
        elif outer.kind == "type_switch_statement" and outer.field("value") is node:
            alias = outer.field("alias")
            yield from self._into(value, list(alias.named_children) if alias else [], use, way)
        elif outer.kind == "receive_statement":
            left = outer.field("left")
            yield from self._into(value, list(left.named_children[:1]) if left else [], use, way)

    def _into(
        self, value: Place, targets: list[Node], use: Node, way: Way, *, below: bool = False
    ) -> Iterator[UseEffect]:
        """``below``: it is put below the value of the target, which itself stays the same."""
        for target in targets:
            place = value.of(target)
            root = root_of(self.package, place)
            if root.place.text == "_":
                continue
            if root.place.node.kind != "identifier":
                yield UseEffect(Effect.KEPT, use)
                continue
            variable = self.package.variable(root.place)
            if variable is None:
                yield UseEffect(Effect.KEPT, use)
                continue
            left = way.left
            path = (*root.path, *left) if left is not None else None
            if (below or place.node.kind != "identifier") and self._is_shared(variable, root.path):
                yield UseEffect(Effect.KEPT, use, variable, path)
            yield UseEffect(Effect.INTO, use, variable, path)

    def _is_shared(self, variable: Variable, path: Path) -> bool:
        """Whether others than the function may reach what lies at a path below the variable: it is
        a parameter, or was set to what is not made here, no copy of a struct."""
        if _is_parameter(variable):
            return True
        is_struct = variable_type(self.package, variable) in self.package.syntax.structs
        if is_struct and len(path) == 1:
            return False
        # Functions of the standard library return new values: `exec.Command(…)`.
        paths = {one.path for one in variable.file.imports if "." not in one.path}
        return any(
            one.origin in _OTHERS
            and not (one.origin is Origin.FOREIGN and one.text.rpartition(".")[0] in paths)
            for one in self.origins.of_variable(variable)
        )


def _is_set(target: Node) -> bool:
    """Whether an expression is assigned to, or counted."""
    outer = target.parent
    is_counted = outer is not None and outer.kind in ("inc_statement", "dec_statement")
    return is_counted or setter(target) is not None


def _opposite(targets: tuple[Node, ...], values: Node, value: Node) -> list[Node]:
    listed = values.named_children
    if len(listed) == len(targets):
        return [targets[listed.index(value)]]
    # Of several results of one call the last is an error, or tells whether there is one.
    return list(targets[:-1])


def _is_parameter(variable: Variable) -> bool:
    return role_of(variable) in ("parameter", "receiver")
