"""Make mutants of a module: its source with one small change, as a slip of the keyboard would."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
CALCULATED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Add, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
CALLED = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "sorted": "list",
    "reversed": "list",
}
LEFT_OUT = {"strip", "casefold"}
SIGNS = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in", ast.Add: "+",
    ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.BitOr: "|", ast.BitAnd: "&", ast.And: "and", ast.Or: "or",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change in a module: `function` is where, `kind` what, the `number`th of its kind there.

    A table of survivors names mutants by these three: variables can be renamed and lines move.
    """

    module: str
    function: str
    kind: str
    number: int
    line: int
    before: str
    after: str
    node: int
    place: int

    @property
    def name(self) -> str:
        """The mutant's name within its module."""
        return f"{self.function}: {self.kind} ({self.number})"


def mutants(module: str, source: str) -> list[Mutant]:
    """Return every mutant of a module, in the order of its lines."""
    seen: Counter[tuple[str, str]] = Counter()
    result = []
    for node, (where, found) in enumerate(_nodes(ast.parse(source))):
        for place, (kind, other) in enumerate(_changes(found)):
            seen[where, kind] += 1
            mutant = Mutant(
                module, where, kind, seen[where, kind], found.lineno, _text(found), _text(other),
                node, place,
            )  # fmt: skip
            result.append(mutant)
    return sorted(result, key=lambda mutant: mutant.line)


def compiled(mutant: Mutant, source: str) -> CodeType:
    """Return the code of the module with the mutant's change."""
    tree = ast.parse(source)
    _, changed = list(_nodes(tree))[mutant.node]
    _, other = list(_changes(changed))[mutant.place]

    class Replace(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return other if node is changed else super().visit(node)

    tree = ast.fix_missing_locations(Replace().visit(tree))
    return compile(tree, mutant.module, "exec")


def _nodes(tree: ast.AST, where: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Walk the code that is run, with the name of the function each node is in. Left out is what
    only type checkers read, and what says only that two sequences are equally long."""
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "decorator_list", "bases", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or _is_type(child):
                continue
            if isinstance(child, ast.keyword) and child.arg == "strict":
                continue
            inside = where
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inside = f"{where}.{child.name}".lstrip(".")
            if hasattr(child, "lineno"):
                yield inside or "module", child
            yield from _nodes(child, inside)


def _is_type(node: ast.AST) -> bool:
    """Return whether a node is a type, as in `Line = tuple[int, ...]`."""
    return isinstance(node, ast.Subscript) and (
        isinstance(node.value, ast.Name) and node.value.id in ("tuple", "list", "dict", "set")
    )


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Give each change of a node by its kind, and what stands there then."""
    match node:
        case ast.Compare():
            for at, operator in enumerate(node.ops):
                other = COMPARED[type(operator)]
                ops = [*node.ops[:at], other(), *node.ops[at + 1 :]]
                kind = f"{SIGNS[type(operator)]} to {SIGNS[other]}"
                yield kind, ast.Compare(node.left, ops, node.comparators)
        case ast.BoolOp():
            other = ast.Or if isinstance(node.op, ast.And) else ast.And
            yield f"{SIGNS[type(node.op)]} to {SIGNS[other]}", ast.BoolOp(other(), node.values)
            for at in range(len(node.values)):
                rest = node.values[:at] + node.values[at + 1 :]
                without = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
                yield f"{SIGNS[type(node.op)]} without a part", without
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield "not" if isinstance(node.op, ast.Not) else "minus", operand
        case ast.Constant(value=bool(value)):
            yield f"{value} to {not value}", ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield "number", ast.Constant(value + 1)
        case ast.BinOp() if type(node.op) in CALCULATED:
            other = CALCULATED[type(node.op)]
            kind = f"{SIGNS[type(node.op)]} to {SIGNS[other]}"
            yield kind, ast.BinOp(node.left, other(), node.right)
        case ast.AugAssign() if type(node.op) in CALCULATED:
            other = CALCULATED[type(node.op)]
            kind = f"{SIGNS[type(node.op)]}= to {SIGNS[other]}="
            yield kind, ast.AugAssign(node.target, other(), node.value)
        case ast.Call(func=ast.Name(id=name)) if name in CALLED:
            keywords = node.keywords if name not in ("sorted", "reversed") else []
            other = ast.Name(CALLED[name], ast.Load())
            yield f"{name} to {CALLED[name]}", ast.Call(other, node.args, keywords)
        case ast.Call(func=ast.Attribute(value=text, attr=name)) if name in LEFT_OUT:
            yield f"without {name}", text
        case ast.If() if _is_plain(node.test):
            yield "if not", ast.If(_negated(node.test), node.body, node.orelse)
        case ast.IfExp() if _is_plain(node.test):
            yield "if not", ast.IfExp(_negated(node.test), node.body, node.orelse)
        case ast.comprehension():
            return
        case ast.Continue():
            yield "continue to break", ast.Break()
        case ast.Break() | ast.Raise() | ast.Return(value=None):
            yield f"without {type(node).__name__.lower()}", ast.Pass()
        case ast.Expr(value=ast.Call()):
            yield "without a call", ast.Pass()


def _is_plain(test: ast.expr) -> bool:
    """Return whether a condition has no change of its own."""
    return not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp)


def _negated(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _text(node: ast.AST) -> str:
    first, *more = ast.unparse(ast.fix_missing_locations(node)).splitlines()
    return f"{first} …" if more else first
