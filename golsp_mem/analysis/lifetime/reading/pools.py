"""sync.Pool, which gives away what it had: who gets a value is its only holder."""

from __future__ import annotations

from golsp_mem.analysis.lifetime.reading.expressions import static_type
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.returns import returned
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import Place, initial_value
from golsp_mem.source.parts.tree import Node, unparenthesized

_POOL = "sync.Pool"


def made_by_pool(package: Package, pool: Place) -> Place | None:
    """What the New of a pool returns, where the pool is a variable that begins with a literal."""
    literal = _literal(package, pool)
    body = literal.node.field("body") if literal is not None else None
    for element in body.named_children if body is not None else ():
        new = _function(element)
        for made in returned(literal.of(new)) if literal is not None and new is not None else ():
            return made
    return None


def is_pool(package: Package, operand: Place) -> bool:
    """Whether what is called is a pool, as far as the text tells."""
    written = static_type(package, operand) or ""
    return base_of(written) == _POOL


def _literal(package: Package, pool: Place) -> Place | None:
    """The ``sync.Pool{…}`` that a variable begins with."""
    node = unparenthesized(pool.node)
    if node.kind != "identifier":
        return None
    variable = package.variable(pool.of(node))
    start = initial_value(variable) if variable is not None else None
    value = start[0] if start is not None else None
    if variable is None:
        value = _package_value(package, pool.of(node).text)
    literal = value.node if value is not None else None
    if literal is not None and literal.kind == "unary_expression":
        literal = literal.field("operand")
    if value is None or literal is None or literal.kind != "composite_literal":
        return None
    written = literal.field("type")
    is_one = written is not None and value.of(written).text == _POOL
    return value.of(literal) if is_one else None


def _function(element: Node) -> Node | None:
    value = element.named_children[-1] if element.named_children else element
    if value.kind == "literal_element" and value.named_children:
        value = value.named_children[0]
    return value if value.kind == "func_literal" else None


def _package_value(package: Package, name: str) -> Place | None:
    """The expression that a package variable begins with."""
    for file in package.syntax.files:
        for declaration in file.tree.declarations:
            if declaration.kind != "var_declaration":
                continue
            for spec in declaration.walk():
                values = spec.field("value") if spec.kind == "var_spec" else None
                names = [file.tree.source(one) for one in spec.fields("name")] if values else []
                if (
                    values is not None
                    and name in names
                    and len(values.named_children) == len(names)
                ):
                    return Place(file, unparenthesized(values.named_children[names.index(name)]))
    return None
