"""Where calls without a name may lead: through interfaces and function values.

Object code says that a call is indirect and where it stands, the source what is called there. An
interface call may reach each own method of that name; a call of a function value each own function
whose address is taken where it can have come from: in the same declared function (closures), in a
caller (arguments), beside the same package variable, where the same field is written, or what is
put into the table from which it comes. All are
possibilities, told as such: `MaybeCall.through` names the call.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from functools import cached_property

from golsp_mem.analysis.again import Noting
from golsp_mem.analysis.stack.reached.asking import Asking
from golsp_mem.analysis.stack.reached.callees import (
    METHOD_VALUE,
    PARTS,
    UNNAMED,
    files_by_package,
    last_name,
    outermost,
    package_of,
    receiver_of,
)
from golsp_mem.analysis.stack.reached.chains import Around, wrapped_literals, wrapped_types
from golsp_mem.analysis.stack.reached.handed_out import HandedOut, handed_out, hands_only_literals
from golsp_mem.analysis.stack.reached.interfaces import Interfaces
from golsp_mem.analysis.stack.reached.maybe import KnownCalls, MaybeCall
from golsp_mem.analysis.stack.reached.tables import Put, put_into
from golsp_mem.analysis.stack.reached.written import (
    VARIABLES,
    Written,
    declaration_of_name,
    parameter_count,
    parameter_names,
    written_of,
)
from golsp_mem.compiler.objects.calls import Call, CompiledFunction, IndirectCall
from golsp_mem.compiler.objects.symbols import folded_name, own_name
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile

Sources = Callable[[str], GoFile | None]

_VALUE = "·f"
_BODY = "-range"
# A range over a function and the end of a function with defers call without parentheses.
_CALLS_SILENTLY = re.compile(rb"\brange\b|^\s*\}|\breturn\b|\bdefer\b", re.MULTILINE)
# How many calls an argument may be handed on by before it is called.
_MOST_HOPS = 2
_RETURNS_TO_DEFERRED = "runtime.deferreturn"
_WORD = re.compile(rb"[A-Za-z_]\w*")


class Dispatch:
    """The possible calls of one package's functions (numbered as in its `CallGraph`).

    ``sources`` gives a file's syntax by the name that `CompiledFunction.file` has, ``stays`` says
    whether the compiler has found that a value at a place does not escape: who gets it calls it now
    or never (None: nobody knows).
    """

    def __init__(
        self,
        functions: Sequence[CompiledFunction],
        sources: Sources,
        known: KnownCalls | None = None,
        stays: Callable[[str, int, int], bool] | None = None,
    ) -> None:
        self._functions = functions
        self._sources = sources
        self._known = known or KnownCalls()
        self._stays = stays
        self._written: dict[tuple[str, int], Sequence[Written]] = {}
        self._counts: dict[int, int | None] = {}
        self._interfaces = Interfaces(functions, sources, self._known.methods)
        self._asking = Asking(functions, sources, self._interfaces, self._files_of)
        self._chains: dict[str, tuple[frozenset[str], frozenset[Around]]] = {}
        self._in_tables: dict[str, frozenset[int]] = {}
        self._handed: dict[tuple[int, int, int], set[int]] = defaultdict(set)

    def edges(self, number: int, *, only_sure: bool = False) -> Iterator[MaybeCall]:
        """What the indirect calls and deferred closures of one function may reach.

        ``only_sure`` leaves out what is neither `MaybeCall.sure` nor by an interface or a table,
        and saves looking for it.
        """
        function = self._functions[number]
        for site in function.indirect:
            yield from self._loop_bodies(number, site)
            for written in self._written_at(site.file, site.line):
                yield from self._reached(number, site, written, only_sure=only_sure)
        yield from self._through_others(number, only_sure=only_sure)
        yield from self._asking.again(number)
        for call in function.calls:
            if call.target == _RETURNS_TO_DEFERRED:
                for target in self._taken[number]:
                    # What is deferred is a literal or has a wrapper; a declared function whose
                    # address is taken (`p.next = step`) was put somewhere else.
                    if target == number or not PARTS.search(self._functions[target].name):
                        continue
                    yield MaybeCall(
                        target, call, "defer", function.line, sure=True, between=call.target
                    )

    def _loop_bodies(self, number: int, site: IndirectCall) -> Iterator[MaybeCall]:
        """What an iterator of another package, inlined, may call: the bodies of the loops over
        it."""
        bodies = [one for one in self._taken[number] if _BODY in self._functions[one].name]
        file = self._sources(site.file) if bodies and site.entered else None
        if file is None or file.path in {one.file for one in self._functions}:
            return
        call = Call("", site.stack_delta, pushes=True, entered=site.entered)
        for target in bodies:
            yield MaybeCall(target, call, "range", self._functions[target].line, sure=True)

    def _through_others(self, number: int, *, only_sure: bool) -> Iterator[MaybeCall]:
        """Own functions that are handed to a function of another package, which calls them."""
        function, taken = self._functions[number], self._taken[number]
        if not taken:
            return
        own = package_of(function.name)
        ways: dict[str, list[tuple[Call, str | None]]] = defaultdict(list)
        for call in function.calls:
            for name in (call.target, *call.entered):
                if package_of(name) not in (own, "runtime"):
                    ways[last_name(name)].append((call, call.target))
        for site in function.indirect:
            for name in site.entered:
                if package_of(name) != own:
                    inlined = Call("", site.stack_delta, pushes=True, entered=site.entered)
                    ways[last_name(name)].append((inlined, None))
        known = self._syntax_of(number) if ways else None
        if known is None:
            return
        for one in handed_out(*known, ways, also_literals=UNNAMED in ways):
            sure = self._stays is not None and self._stays(function.file, *one.place)
            if not sure and only_sure:
                continue
            for call, between in ways.get(one.callee) or ways.get(UNNAMED) or ():
                for target in taken:
                    if self._is_meant(one, target):
                        made = Call("", call.stack_delta, call.pushes, call.entered)
                        yield MaybeCall(target, made, one.text, one.line, sure, between=between)

    def _is_meant(self, one: HandedOut, target: int) -> bool:
        function = self._functions[target]
        if one.literal is not None:
            return ".func" in function.name and function.line == one.literal
        return last_name(function.name) == one.name

    def _reached(
        self, number: int, site: IndirectCall, written: Written, *, only_sure: bool
    ) -> Iterator[MaybeCall]:
        call = Call("", site.stack_delta, pushes=True, entered=site.entered)
        if (
            written.is_selector
            and written.name is not None
            and written.name in self._interfaces.methods
        ):
            interfaces = self._interfaces.with_method(written.name, written.arguments)
            for target in self._interfaces.methods[written.name]:
                if self._takes(target, written.arguments):
                    has = self._interfaces.methods_of.get(
                        receiver_of(self._functions[target].name), frozenset()
                    )
                    own = not written.foreign and any(one <= has for one in interfaces)
                    chained = not own and target == number and self._wraps_itself(number)
                    yield MaybeCall(
                        target, call, written.text, site.line, by_interface=own, chained=chained
                    )
            return
        found = self._values_for(number, site, written, only_sure=only_sure)
        listed = self._listed_in(written.table) if written.table is not None else frozenset()
        itself = {number} if self._is_chained(number, written.name or "") else set()
        for target in {**found, **dict.fromkeys(sorted((listed | itself) - found.keys()), False)}:
            if self._takes(target, written.arguments):
                yield MaybeCall(
                    target,
                    call,
                    written.text,
                    site.line,
                    sure := found.get(target, False),
                    by_table=target in listed and not sure,
                    chained=target in itself,
                )

    def _wraps_itself(self, number: int) -> bool:
        name = self._functions[number].name
        return receiver_of(name) in self._wrapped(package_of(name))[0]

    def _is_chained(self, number: int, name: str) -> bool:
        function = self._functions[number]
        around = Around("", function.file, function.line, name)
        if ".func" not in function.name:
            return False
        return around in self._wrapped(package_of(function.name))[1]

    def _wrapped(self, package: str) -> tuple[frozenset[str], frozenset[Around]]:
        """The types and the literals of which loops of a package make chains."""
        if package not in self._chains:
            paths = sorted(self._files_of(package))
            files = [one for path in paths if (one := self._sources(path)) is not None]
            self._chains[package] = wrapped_types(files), wrapped_literals(files)
        return self._chains[package]

    def _files_of(self, package: str) -> Set[str]:
        return self._by_package.get(package, frozenset())

    @cached_property
    def _by_package(self) -> Mapping[str, Set[str]]:
        return files_by_package(self._functions)

    def _listed_in(self, table: str) -> frozenset[int]:
        """The functions that the package puts into a table."""
        if table not in self._in_tables:
            paths = sorted({one.file for one in self._functions if not one.is_wrapper})
            word = table.encode()
            files = [one for path in paths if (one := self._sources(path)) and word in one.text]
            puts = put_into(table, files) if files else frozenset()
            self._in_tables[table] = frozenset(
                target
                for target in {one for taken in self._taken for one in taken}
                if puts and self._is_put(target, puts)
            )
        return self._in_tables[table]

    def _is_put(self, target: int, puts: frozenset[Put]) -> bool:
        function = self._functions[target]
        if ".func" in function.name:
            return Put(function.file, line=function.line) in puts
        return any(one.name == last_name(function.name) for one in puts)

    # What stands at an indirect call

    def _written_at(self, path: str, line: int) -> Sequence[Written]:
        known = self._written.get((path, line))
        if known is None:
            known = self._known.written.of(
                (path, line), None, self, self._sources,
                lambda noting: self._read_line(noting, path, line),
            )  # fmt: skip
            self._written[path, line] = known
        return known

    def _read_line(self, noting: Noting, path: str, line: int) -> Sequence[Written]:
        file = noting.parts(path)
        if file is None or not 0 < line <= file.tree.lines:
            return ()
        start, end = file.tree.line_bounds(line)
        found = []
        for node in file.tree.nodes_touching(start, end):
            if node.kind != "call_expression" or not start <= node.start < end:
                continue
            callee, arguments = node.field("function"), node.field("arguments")
            if callee is None or arguments is None:
                continue
            callee = unparenthesized(callee)
            if not self._has_a_name(noting, file, callee):
                found.append(written_of(file, callee, arguments))
        if found or not _CALLS_SILENTLY.search(file.tree.text, start, end):
            return found
        ranges = b"range" in file.tree.text[start:end]
        return (Written("a function value", None, False, None, local=True, ranges=ranges),)

    def _has_a_name(self, noting: Noting, file: GoFile, callee: Node) -> bool:
        """Whether the callee is a declared function, a type or built in: no indirect call."""
        tree = file.tree
        if callee.kind == "selector_expression":
            operand = callee.field("operand")
            if operand is None or operand.kind != "identifier":
                return False
            name = tree.source(operand)
            imported = {one.name or one.path.rpartition("/")[2] for one in file.imports}
            return name in imported and declaration_of_name(file, operand) is None
        if callee.kind != "identifier":
            return callee.kind.endswith("_type")
        declared = declaration_of_name(file, callee)
        if declared is None:
            # Of another file of the package, or built in.
            return not noting.ask("is_variable", tree.source(callee))
        return declared.kind not in VARIABLES

    def _takes(self, target: int, arguments: int | None) -> bool:
        if arguments is None:
            return True
        if target not in self._counts:
            self._counts[target] = self._parameters(target)
        return self._counts[target] in (None, arguments)

    def _parameters(self, number: int) -> int | None:
        """How many arguments a function takes; None where the source does not tell."""
        function = self._functions[number]
        if function.is_wrapper:
            # (*T).M of T.M
            number = self._by_name.get(function.name.replace("(*", "").replace(")", ""), number)
            function = self._functions[number]
        if function.is_wrapper:
            return None
        file = self._sources(function.file)
        syntax = file.declaration_at(function.line) if file is not None else None
        name = own_name(folded_name(function.name))
        if file is None or syntax is None or ".func" in name or "-range" in name:
            return None
        return parameter_count(file.tree.smallest(*file.tree.bounds(syntax.span)))

    def is_variable(self, name: str) -> bool:
        """Whether the package has a variable of the name that its code mentions."""
        return name in self._variables

    @cached_property
    def _variables(self) -> frozenset[str]:
        """The package variables that the code mentions: symbols that are no functions."""
        return frozenset(
            own_name(symbol)
            for function in self._functions
            for symbol in function.mentions
            if symbol not in self._by_name and not symbol.endswith(_VALUE)
        )

    # Who may be meant

    @cached_property
    def _by_name(self) -> Mapping[str, int]:
        return {function.name: number for number, function in enumerate(self._functions)}

    @cached_property
    def _taken(self) -> Sequence[tuple[int, ...]]:
        """The own functions whose address each function takes, method values as the methods;
        those that it starts as goroutines are left out."""
        taken = []
        for function in self._functions:
            started = {statement.entry for statement in function.goroutines}
            numbers = []
            for symbol in function.mentions:
                name = symbol.removesuffix(_VALUE)
                if name in started or (name == function.name and not symbol.endswith(_VALUE)):
                    continue
                number = self._by_name.get(name)
                if number is None and name.endswith(METHOD_VALUE):
                    number = self._by_name.get(name.removesuffix(METHOD_VALUE))
                if number is not None:
                    numbers.append(number)
            taken.append(tuple(dict.fromkeys(numbers)))
        return taken

    @cached_property
    def _takers(self) -> tuple[int, ...]:
        return tuple(number for number, found in enumerate(self._taken) if found)

    def _values_for(
        self, number: int, site: IndirectCall, written: Written, *, only_sure: bool
    ) -> Mapping[int, bool]:
        """The functions that a function value may be, and whether it is surely one of them."""
        if written.literals:
            lines = {(site.file, line) for line in written.literals}
            return {target: True for line in lines for target in self._literals_at.get(line, ())}
        beside = self._takers_by_outermost.get(outermost(self._functions[number].name), ())
        if written.local:
            return {
                target: True
                for taker in (beside if written.ranges else (number,))
                for target in self._taken[taker]
                if target != number
            }
        found: dict[int, bool] = {}
        position = self._position(number, site, written)
        for taker in self._callers.get(number, ()):
            for target in self._taken[taker]:
                if self._is_argument(taker, number, target, position):
                    found[target] = True
                    if position is not None:
                        self._handed[number, target, position].add(taker)
        if only_sure:
            return found
        for taker in {*beside, *self._handing(number), *self._sharing(number, written)}:
            for target in self._taken[taker]:
                found.setdefault(target, False)
        return found

    @cached_property
    def _literals_at(self) -> Mapping[tuple[str, int], tuple[int, ...]]:
        """Function literals whose address is taken, by the place where they are written."""
        found: dict[tuple[str, int], dict[int, None]] = defaultdict(dict)
        for taken in self._taken:
            for target in taken:
                function = self._functions[target]
                if ".func" in function.name:
                    found[function.file, function.line][target] = None
        return {place: tuple(targets) for place, targets in found.items()}

    @cached_property
    def _takers_by_outermost(self) -> Mapping[str, tuple[int, ...]]:
        found: dict[str, list[int]] = defaultdict(list)
        for taker in self._takers:
            found[outermost(self._functions[taker].name)].append(taker)
        return {name: tuple(takers) for name, takers in found.items()}

    @cached_property
    def _callers(self) -> Mapping[int, frozenset[int]]:
        """Who calls a function directly, inlined or not."""
        found: dict[int, set[int]] = defaultdict(set)
        for number, function in enumerate(self._functions):
            for call in function.calls:
                for name in (call.target, *call.entered):
                    target = self._by_name.get(name)
                    if target is not None:
                        found[target].add(number)
        return {target: frozenset(callers) for target, callers in found.items()}

    def _handing(self, number: int) -> set[int]:
        """The takers from which an argument can have come, handed on a few times."""
        reached: set[int] = set()
        last = {number}
        for _ in range(_MOST_HOPS):
            last = {one for each in last for one in self._callers.get(each, ())} - reached
            reached |= last
        return {taker for taker in reached if self._taken[taker]}

    def _sharing(self, number: int, written: Written) -> set[int]:
        """The takers that use a package variable or a field which the call names."""
        own = {own_name(symbol) for symbol in self._functions[number].mentions}
        found = {
            taker for name in own & written.names for taker in self._takers_by_symbol.get(name, ())
        }
        if written.is_selector and written.name is not None:
            found.update(self._takers_by_word.get(written.name, ()))
        return found

    @cached_property
    def _takers_by_symbol(self) -> Mapping[str, tuple[int, ...]]:
        found: dict[str, list[int]] = defaultdict(list)
        for taker in self._takers:
            for name in {own_name(symbol) for symbol in self._functions[taker].mentions}:
                found[name].append(taker)
        return {name: tuple(takers) for name, takers in found.items()}

    @cached_property
    def _takers_by_word(self) -> Mapping[str, tuple[int, ...]]:
        """The takers by each word of their text."""
        found: dict[str, list[int]] = defaultdict(list)
        for taker in self._takers:
            if (known := self._syntax_of(taker)) is not None:
                file, syntax = known
                start, end = file.tree.bounds(syntax.span)
                for word in set(_WORD.findall(file.text, start, end)):
                    found[word.decode("utf-8", "replace")].append(taker)
        return {word: tuple(takers) for word, takers in found.items()}

    def _position(self, number: int, site: IndirectCall, written: Written) -> int | None:
        """Which parameter of its function is called at a place; None where it is none."""
        found = self._syntax_of(number)
        if found is None or written.is_selector or not found[1].span.contains(site.line, 1):
            return None
        file, syntax = found
        names = parameter_names(file, file.tree.smallest(*file.tree.bounds(syntax.span)))
        return names.index(written.text) if written.text in names else None

    def is_of_another_call(self, number: int, target: int, members: Collection[int]) -> bool:
        """Whether only functions outside of a cycle hand ``target`` to ``number``: those of the
        cycle that call it hand literals of their own."""
        handed = {k[2]: v for k, v in self._handed.items() if k[:2] == (number, target)}
        callers = self._callers.get(number, frozenset()) & set(members)
        if len(handed) != 1 or not callers:
            return False
        [(position, takers)] = handed.items()
        callee = last_name(self._functions[number].name)
        return takers.isdisjoint(members) and all(
            (found := self._syntax_of(one)) is not None
            and hands_only_literals(*found, callee, position)
            for one in callers
        )

    def _syntax_of(self, number: int) -> tuple[GoFile, FunctionSyntax] | None:
        function = self._functions[number]
        file = self._sources(function.file)
        syntax = file.function_at(function.line) if file is not None else None
        return (file, syntax) if file is not None and syntax is not None else None

    def _is_argument(self, taker: int, number: int, target: int, position: int | None) -> bool:
        """Whether ``taker`` calls ``number`` and writes ``target`` as an argument, at a position
        where that is known."""
        handed, found = self._functions[target], self._syntax_of(taker)
        callee = last_name(self._functions[number].name)
        return found is not None and any(
            one.literal == handed.line or one.name == last_name(handed.name)
            for one in handed_out(*found, (callee,), also_literals=False)
            if one.text.rpartition(".")[2] == callee and position in (None, one.position)
        )
