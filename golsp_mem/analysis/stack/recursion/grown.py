"""Types that lead to themselves, and how their values grow: as data says, or as a program does.

A list or tree is as deep as what makes it: a loop that hangs each new node on the last, an insert,
a parser. Where a package makes no such node so, whoever calls it builds the tree in the text of a
program, and no data makes it deep. Nodes that hold functions are registered, not parsed; those of
trees that are kept in balance lie log n deep.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property, partial

from attrs import frozen

from golsp_mem.analysis.again import Sources
from golsp_mem.analysis.stack.loops import loops_around, typed
from golsp_mem.analysis.stack.recursion.inputs import Inputs
from golsp_mem.analysis.stack.recursion.levels import Levels
from golsp_mem.analysis.stack.recursion.makings import (
    ANY_LISTS,
    WORD,
    base_of,
    hung_in,
    is_built,
    is_chained,
    wraps,
)
from golsp_mem.analysis.stack.recursion.members import (
    Declarations,
    Member,
    last_of,
)
from golsp_mem.analysis.stack.recursion.spines import halves, rotates, spine
from golsp_mem.source.parts.functions import DECLARATIONS
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

# handlers []Handler, Handler func(…): so far away a node's function may be declared.
_HOPS = 3
_LONGEST_WAY = 3
_TWO = 2
# So many calls away a maker of nodes takes from its input.
_NEAR = 1
# reflect.Type, types.Type, protoreflect.MessageDescriptor: programs write them.
_OF_TYPES = re.compile(r"\b\w+\.(?:Type|StructField|\w*Descriptor)\b")


class Growth(Enum):
    """How values that lead to each other are made: from an input, each round of a loop hanging them
    on the last, or not; or else in a loop or an insert."""

    CHAINED = "chained"
    PARSED = "parsed"
    BUILT = "built"


@frozen
class _Type:
    """A declared type: the names in it, and whether it holds a function."""

    names: frozenset[str]
    holds_function: bool
    of_types: bool = False
    methods: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    many: bool = False

    def links(self, family: Collection[str]) -> int:
        """How many of a family a value leads to; lists and maps of them are many."""
        found = sum(one in family for one in self.written)
        return found + 1 if found and self.many else found


class Types:
    """The types that the files of a package declare."""

    def __init__(
        self,
        declarations: Declarations,
        inputs: Inputs,
        levels: Levels,
        paths: Collection[str],
        sources: Sources,
    ):
        self._declarations = declarations
        self._inputs = inputs
        self._paths = sorted(paths)
        self._sources = sources
        self._levels = levels
        self._growth: dict[frozenset[str], Growth | None] = {}
        self._balanced: dict[frozenset[str], bool] = {}
        self._spines: dict[frozenset[str], frozenset[tuple[str, str]] | None] = {}
        self._parsed: dict[frozenset[str], bool] = {}
        self._made: dict[frozenset[str], list[tuple[GoFile, Node, Node]]] = {}
        self._taken: dict[tuple[frozenset[str], Node], bool] = {}

    def family(self, written: str) -> frozenset[str]:
        """The types that a value of a type leads to and that lead back: a tree's node, the nodes
        behind an interface. Empty for what never leads to itself."""
        name = base_of(written)
        if name in ANY_LISTS:
            return frozenset(ANY_LISTS)
        if name not in self._declared:
            return frozenset()
        if name not in self._families:
            self._families[name] = self._around(name)
        return self._families[name]

    def _around(self, name: str) -> frozenset[str]:
        """The types on the shortest ways from a type back to itself. Longer ways lead through the
        state of a whole program, which is no tree."""
        steps = [{name: frozenset({name})}]
        for _ in range(_LONGEST_WAY):
            new: dict[str, frozenset[str]] = {}
            for one, way in steps[-1].items():
                for two in self._leads_to(one):
                    new[two] = new.get(two, frozenset()) | way | {two}
            if name in new:
                return new[name]
            steps.append(new)
        return frozenset()

    @cached_property
    def _families(self) -> dict[str, frozenset[str]]:
        return {}

    def is_registered(self, family: Collection[str]) -> bool:
        """Whether its values hold functions, which only the text of a program gives."""
        for name in family:
            declared = self._declared.get(name)
            if declared is None:
                continue
            held = {name}
            for _ in range(_HOPS):
                if any(self._declared[one].holds_function for one in held):
                    return True
                held = {
                    two for one in held for two in self._declared[one].names & self._declared.keys()
                }
        return False

    def is_balanced(self, family: frozenset[str]) -> bool:
        """Whether a function that gets or returns such nodes turns them around, or moves half of
        what one holds to another."""
        if family not in self._balanced:
            self._balanced[family] = self._is_balanced(family)
        return self._balanced[family]

    def _is_balanced(self, family: frozenset[str]) -> bool:
        word = re.compile(rf"\b(?:{'|'.join(re.escape(one) for one in sorted(family))})\b")
        for file in self.files:
            for function in file.tree.root.named_children:
                body = function.field("body") if function.kind in DECLARATIONS else None
                if body is None:
                    continue
                heading = file.text[function.start : body.start].decode("latin-1")
                if word.search(heading) and (rotates(file, function) or halves(file, function)):
                    return True
        return False

    def spines(self, family: frozenset[str]) -> frozenset[tuple[str, str]] | None:
        """The types and fields along which loops of the package make chains of its values, as long
        as data says (`ANY_FIELD`: one of them); None where none does."""
        if family not in self._spines:
            counting = {last_of(name) for name in self._levels.found}
            makings = self._makings(family)
            wrappers = {
                file.tree.source(name): wrapped
                for file, maker, made in makings
                if (name := maker.field("name")) is not None
                and made.kind == "composite_literal"
                and (wrapped := wraps(file, maker, made, family)) is not None
            }
            found = {
                link
                for file, function, node in makings
                if not self._goes_through_types(file, function, node)
                and (link := self._spine(counting, wrappers, file, function, node)) is not None
            }
            self._spines[family] = frozenset(found) if found else None
        return self._spines[family]

    def _spine(
        self,
        counting: Collection[str],
        wrappers: Mapping[str, tuple[str, str]],
        file: GoFile,
        function: Node,
        node: Node,
    ) -> tuple[str, str] | None:
        if any(_calls_one(file, loop, counting) for loop in loops_around(node)):
            return None
        link = spine(file, function, node, wrappers, partial(self._is_kept, file, function))
        type_ = node.field("type") if node.kind == "composite_literal" else None
        # What is hung on the last of its kind has the field itself.
        if link is None or link[0] or not link[1] or type_ is None:
            return link
        return base_of(file.tree.source(type_)), link[1]

    def _is_kept(self, file: GoFile, function: Node, left: str) -> bool:
        """Whether only one function sets a field: what is taken back elsewhere is no chain."""
        last = left.rpartition(".")[2]
        if last == left:
            return False
        setting = re.compile(rf"\.{re.escape(last)}\s*(?:,[^=\n]*)?=(?!=)(?! nil\b)".encode())
        return not any(
            one is not file or not function.start <= match.start() < function.end
            for one in self.files
            for match in setting.finditer(one.text)
        )

    def makes(self, member: Member, family: frozenset[str]) -> bool:
        """Whether a function makes such values itself."""
        span = member.syntax.span
        return any(
            file.path == member.file.path and span.contains(place.line, place.column)
            for file, _, node in self._makings(family)
            if (place := file.tree.node_span(node))
        )

    def is_list(self, family: Collection[str]) -> bool:
        """Whether a value leads to one other at the most, as in a list."""
        return all(
            self._declared[one].links(family) < _TWO for one in set(family) & self._declared.keys()
        )

    def growth(self, family: frozenset[str]) -> Growth | None:
        """How the package makes its values as data says; None: it does not."""
        if family not in self._growth:
            makings = [one for one in self._makings(family) if not self._goes_through_types(*one)]
            makers = {function: file for file, function, _ in makings}
            taking = {one for one, file in makers.items() if self._is_taken(file, one, family)}
            if taking:
                chained = any(
                    one in taking and is_chained(file, one, made) for file, one, made in makings
                )
                self._growth[family] = Growth.CHAINED if chained else Growth.PARSED
            elif any(is_built(*one, family) for one in makings):
                self._growth[family] = Growth.BUILT
            else:
                self._growth[family] = None
        return self._growth[family]

    def _goes_through_types(self, file: GoFile, function: Node, _: Node) -> bool:
        return any(self.is_of_types(type_) for _, type_ in typed(file, function))

    def is_of_types(self, written: str) -> bool:
        """Whether a type is one of types, or a state that goes through them."""
        declared = self._declared.get(base_of(written))
        return _OF_TYPES.search(written) is not None or (declared is not None and declared.of_types)

    def count_levels(self, written: Iterable[str]) -> bool:
        """Whether one of the types, of parsers, or what one holds counts levels and stops: another
        parser of the package says nothing of this one."""
        held = {base_of(one) for one in written}
        for name in tuple(held & self._declared.keys()):
            held |= self._declared[name].names
        return bool(self._levels.owners & held)

    def is_guarded(self, family: frozenset[str]) -> bool:
        """Whether what makes its values from an input counts its levels."""
        return any(
            self._name_of(file, function) in self._levels.found
            or self.count_levels(type_ for _, type_ in typed(file, function))
            for file, function, _ in self._makings(family)
            if self._is_taken(file, function, family)
        )

    def is_counted_chain(self, family: frozenset[str]) -> bool:
        """Whether every loop that hangs a value on the last counts a level in each round: that the
        parser counts how deep it is itself bounds no loop of it. Nor are those deeper of which so
        many are kept as open."""
        if family & self._levels.stacked:
            return True
        counting = {last_of(name) for name in self._levels.found}
        return all(
            any(_calls_one(file, loop, counting) for loop in loops_around(node))
            for file, function, node in self._makings(family)
            if self._is_taken(file, function, family) and is_chained(file, function, node)
        )

    def chained_fields(self, family: frozenset[str]) -> frozenset[tuple[str, str]]:
        """The types and fields in which the loops hang a value on the last; none where a text names
        none."""
        fields: set[tuple[str, str]] = set()
        for file, function, node in self._makings(family):
            if self._is_taken(file, function, family) and is_chained(file, function, node):
                field = hung_in(file, function, node)
                if field is None:
                    return frozenset()
                fields.add(field)
        return frozenset(fields)

    def _name_of(self, file: GoFile, function: Node) -> str:
        syntax = file.declaration_at(file.tree.node_span(function).line)
        return syntax.name if syntax is not None else ""

    def is_parsed(self, family: frozenset[str]) -> bool:
        """Whether what makes its values takes from an input itself."""
        if family not in self._parsed:
            makers = {function: file for file, function, _ in self._makings(family)}
            self._parsed[family] = any(
                self._takes(file, function, family, _NEAR) for function, file in makers.items()
            )
        return self._parsed[family]

    def _takes(self, file: GoFile, function: Node, family: Collection[str], depth: int) -> bool:
        """Whether a function takes from an input: not from a node, whose prefix it cuts."""
        syntax = file.declaration_at(file.tree.node_span(function).line)
        if syntax is None:
            return False
        taken = self._inputs.taken_by(Member(file, syntax, last_of(syntax.name)), depth)
        nodes = {
            name
            for name, type_ in typed(file, function)
            if base_of(type_) in family or self.is_of_types(type_)
        }
        return bool({one.name for one in taken} - nodes)

    # Declarations

    @cached_property
    def _declared(self) -> Mapping[str, _Type]:
        found = {"error": _Type(frozenset(), holds_function=False, methods=("Error",))}
        for file in self.files:
            found |= file.tree.once(_types_of, partial(_types_of, file))
        return found

    @cached_property
    def _methods(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        for owner, name in self._declarations.methods():
            found[owner].append(name)
        return {owner: tuple(names) for owner, names in found.items()}

    def _leads_to(self, name: str) -> frozenset[str]:
        declared = self._declared[name]
        if not declared.methods:
            return declared.names & self._declared.keys()
        wanted = declared.methods[0]
        return frozenset(
            owner
            for owner, names in self._methods.items()
            if wanted in names and owner in self._declared
        )

    @cached_property
    def files(self) -> tuple[GoFile, ...]:
        return tuple(file for path in self._paths if (file := self._sources(path)) is not None)

    @cached_property
    def programs(self) -> tuple[GoFile, ...]:
        """Without tests: what they build in loops is no data."""
        return tuple(one for one in self.files if not one.path.endswith("_test.go"))

    # How values are made

    def _makings(self, family: frozenset[str]) -> Sequence[tuple[GoFile, Node, Node]]:
        """Where values are made: (file, function, the literal or the call of a constructor)."""
        if family not in self._made:
            self._made[family] = list(self._found_makings(family))
        return self._made[family]

    def _found_makings(self, family: frozenset[str]) -> Iterator[tuple[GoFile, Node, Node]]:
        structs = {one for one in family if one in ANY_LISTS or not self._declared[one].methods}
        if not structs:
            return
        words = "|".join(re.escape(one) for one in sorted(structs))
        made = re.compile(
            rf"(?<![\w.])(?:{words})(?:\[[^\]\n]*\])?\{{|\b(?:new|make)\(\s*(?:{words})\b".encode()
        )
        constructors: set[str] = set()
        for file in self.programs:
            for function, node in _places_in(file, made):
                if node.kind not in ("composite_literal", "call_expression"):
                    continue
                yield file, function, node
                name = function.field("name")
                if name is not None and _returns(file, function, family):
                    constructors.add(file.tree.source(name))
        if not constructors:
            return
        words = "|".join(re.escape(one) for one in sorted(constructors))
        called = re.compile(rf"(?<!func )(?<!\) )\b(?:{words})\(".encode())
        for file in self.programs:
            for function, node in _places_in(file, called):
                if node.kind == "call_expression":
                    yield file, function, node

    def _is_taken(self, file: GoFile, function: Node, family: frozenset[str]) -> bool:
        """Whether the function takes from an input, or has the state of a parser: a type of the
        package of which a method takes from an input."""
        # One function makes dozens of values, and every round that goes down them asks.
        key = (family, function)
        if key not in self._taken:
            self._taken[key] = self._takes(file, function, family, _NEAR) or any(
                self._is_state(name)
                for _, type_ in typed(file, function)
                if (name := base_of(type_)) not in family and not self.is_of_types(type_)
            )
        return self._taken[key]

    def _is_state(self, name: str) -> bool:
        if name not in self._states:
            self._states[name] = False
            self._states[name] = any(
                (one := self._declarations.of(method, f"{owner}.")) is not None
                and one.syntax.name.rpartition(".")[0].partition("[")[0].strip("(*)") == name
                and self._inputs.takes(one, _NEAR)
                for method in self._methods.get(name, ())
                for owner in (f"(*{name})", name)
            )
        return self._states[name]

    @cached_property
    def _states(self) -> dict[str, bool]:
        return {}


def _types_of(file: GoFile) -> Mapping[str, _Type]:
    found: dict[str, _Type] = {}
    for declaration in file.tree.root.named_children:
        for spec in declaration.named_children if declaration.kind == "type_declaration" else ():
            name, type_ = spec.field("name"), spec.field("type")
            if name is not None and type_ is not None:
                found[file.tree.source(name)] = _type_of(file, type_)
    return found


def _type_of(file: GoFile, type_: Node) -> _Type:
    tree = file.tree
    if type_.kind == "interface_type":
        methods = [
            tree.source(name)
            for one in type_.walk()
            if one.kind == "method_elem" and (name := one.field("name")) is not None
        ]
        return _Type(frozenset(), holds_function=False, methods=tuple(methods) or ("",))
    names: dict[str, None] = {}
    written: list[str] = []
    many = False
    holds = type_.kind == "function_type"
    pending = [type_]
    while pending:
        node = pending.pop()
        if node.kind == "function_type":
            holds = True
            continue
        if node.kind == "type_identifier":
            names[tree.source(node)] = None
            written.append(tree.source(node))
            many = many or any(
                one.kind in ("slice_type", "map_type", "array_type") for one in node.ancestors()
            )
        if node.kind == "qualified_type" and tree.source(node).endswith(("Handler", "HandlerFunc")):
            holds = True
        pending.extend(node.named_children)
    of_types = _OF_TYPES.search(tree.source(type_)) is not None
    return _Type(frozenset(names), holds, of_types, (), tuple(written), many)


def _places_in(file: GoFile, pattern: re.Pattern[bytes]) -> Sequence[tuple[Node, Node]]:
    return file.tree.once((_places, pattern.pattern), lambda: list(_places(file, pattern)))


def _places(file: GoFile, pattern: re.Pattern[bytes]) -> Iterator[tuple[Node, Node]]:
    """The declared functions and the nodes that begin where a pattern matches in them."""
    for match in pattern.finditer(file.text):
        inner = file.tree.smallest(match.start(), match.end())
        node = inner
        for outer in (inner, *inner.ancestors()):
            if outer.kind in ("composite_literal", "call_expression"):
                node = outer
                break
            if outer.kind in ("block", "comment"):
                break
        function = next((one for one in inner.ancestors() if one.kind in DECLARATIONS), None)
        if function is not None:
            yield function, node


def _calls_one(file: GoFile, within: Node, names: Collection[str]) -> bool:
    return any(
        file.tree.source(called).rpartition(".")[2] in names
        for node in within.walk()
        if node.kind == "call_expression" and (called := node.field("function")) is not None
    )


def _returns(file: GoFile, function: Node, structs: Collection[str]) -> bool:
    result = function.field("result")
    return result is not None and any(
        word in structs for word in WORD.findall(file.tree.source(result))
    )
