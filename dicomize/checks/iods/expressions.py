"""A tiny language for the conditions of PS3.3, such as

    present ResponsiblePerson and not @animal
    PhotometricInterpretation is "PALETTE COLOR" | RGB
    ImageType[3] is "STEREO L" | "STEREO R"

    expression  := term { "or" term }            term := factor { "and" factor }
    factor      := "not" factor | "(" expression ")" | "root" factor | "parent" factor | "some" KEYWORD factor | atom
    atom        := "always" | "never" | "@" NAME
                 | ("present" | "absent" | "filled" | "unfilled") KEYWORD
                 | ["items" | "values"] KEYWORD ["[" n "]"] comparison | "syntax" "in" FAMILY
    comparison  := "is" VALUE { "|" VALUE } | "in" SET | ("<" | "<=" | "=" | ">=" | ">") (NUMBER | KEYWORD)

`filled` is present with a value. `root` looks at the data set, `parent` at what holds the sequence, `some` is true if
one item of a sequence is so. `is` and `in` compare text, the comparisons numbers; both want a value to be there. Without
an index it is the first value; `KEYWORD[*]` is any value. `items` and `values` count. A KEYWORD on the right of a
comparison counts as its first number.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Final

from pydicom.datadict import tag_for_keyword

from dicomize.checks.iods.view import View

Predicate = Callable[[View], bool]
Number = Callable[[View], float | None]

_TOKEN: Final = re.compile(r'\s*("[^"]*"|@[\w-]+|\[\w+\]|\[\*\]|[()|]|[<>]=?|=|[\w.+/-]+)')
_PRESENCE: Final = frozenset({"present", "absent", "filled", "unfilled"})
_ORDER: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip
_SAFE: Final = "1.2.840.10008.1.2."
_FAMILIES: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(_SAFE + end for end in ends.split())
    for name, ends in {
        "native": "1 2 1.99",
        "jpeg-baseline": "4.50",
        "jpeg-lossy": "4.50 4.51",
        "jpeg-lossless": "4.57 4.70",
        "jpeg-ls-lossless": "4.80",
        "jpeg-ls-near": "4.81",
        "jpeg-2000-lossless": "4.90",
        "jpeg-2000": "4.91",
        "htj2k-lossless": "4.201 4.202",
        "htj2k": "4.203",
        "jpeg-xl-lossless": "4.110",
        "jpeg-xl": "4.111 4.112",
        "mpeg-2": "4.100 4.101 4.100.1 4.101.1",
        "rle": "5",
        "referenced": "4.94 4.95 4.204 4.205",
    }.items()
}
"""transfer syntaxes by what PS3.5 8.2 says of their photometric interpretations"""


def compile_expression(
    text: str, named: Callable[[str], Predicate], value_set: Callable[[str], frozenset[str | int]]
) -> Predicate:
    """An expression as a function of a view.

    Raises:
        ValueError: it is none.
    """
    parser = _Parser(text, named, value_set)
    predicate = parser.expression()
    if parser.tokens:
        raise ValueError(f"{text!r}: {parser.tokens[0]!r} is left over")
    return predicate


def tag_of(keyword: str) -> int:
    """The tag of a keyword.

    Raises:
        ValueError: no attribute has it.
    """
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise ValueError(f"{keyword!r} is no keyword")
    return tag


class _Parser:
    def __init__(
        self, text: str, named: Callable[[str], Predicate], value_set: Callable[[str], frozenset[str | int]]
    ) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.named = named
        self.value_set = value_set

    def next(self) -> str:
        if not self.tokens:
            raise ValueError(f"{self.text!r} ends too early")
        return self.tokens.pop(0)

    def accept(self, *expected: str) -> str:
        return self.next() if self.tokens and self.tokens[0] in expected else ""

    def expression(self) -> Predicate:
        terms = [self.term()]
        while self.accept("or"):
            terms.append(self.term())
        return terms[0] if len(terms) == 1 else lambda view: any(term(view) for term in terms)

    def term(self) -> Predicate:
        factors = [self.factor()]
        while self.accept("and"):
            factors.append(self.factor())
        return factors[0] if len(factors) == 1 else lambda view: all(factor(view) for factor in factors)

    def factor(self) -> Predicate:
        word = self.accept("not", "(", "root", "parent", "some")
        if word == "(":
            inside = self.expression()
            if self.next() != ")":
                raise ValueError(f"{self.text!r}: a bracket is not closed")
            return inside
        if word == "some":
            tag = tag_of(self.next())
            holds = self.factor()
            return lambda view: any(holds(item) for item in view.items(tag))
        if word:
            return _shifted(word, self.factor())
        return self.atom()

    def atom(self) -> Predicate:
        word = self.next()
        if word.startswith("@"):
            return self.named(word[1:])
        if word in {"always", "never"}:
            holds = word == "always"
            return lambda _: holds
        if word in _PRESENCE:
            return _presence(word, tag_of(self.next()))
        if word == "syntax":
            return self.syntax()
        if word in {"items", "values"}:
            return self.compared(_count(word, tag_of(self.next())), self.next())
        return self.comparison(tag_of(word))

    def syntax(self) -> Predicate:
        self.next()
        families: set[str] = set(_FAMILIES[self.next()])
        while self.accept("|"):
            families |= _FAMILIES[self.next()]
        return lambda view: view.facts.transfer_syntax in families

    def comparison(self, tag: int) -> Predicate:
        selector = self.next()[1:-1] if self.tokens and self.tokens[0].startswith("[") else "1"
        word = self.next()
        if word in _ORDER:
            return self.compared(_value(tag, int(selector) - 1), word)
        if word not in {"is", "in"}:
            raise ValueError(f"{self.text!r}: {word!r} compares nothing")
        allowed = self.value_set(self.next()) if word == "in" else self.alternatives()
        if selector == "*":
            return lambda view: not allowed.isdisjoint(view.texts(tag))
        at = int(selector) - 1
        return lambda view: len(texts := view.texts(tag)) > at and texts[at] in allowed

    def alternatives(self) -> frozenset[str | int]:
        found: set[str | int] = {self.next().strip('"')}
        while self.accept("|"):
            found.add(self.next().strip('"'))
        return frozenset(found)

    def compared(self, left: Number, symbol: str) -> Predicate:
        right = self.next()
        bound = _value(tag_of(right), 0) if right[0].isalpha() else _constant(float(right))
        order = _ORDER[symbol]
        return lambda view: (a := left(view)) is not None and (b := bound(view)) is not None and order(a, b)


def _tokens(text: str) -> list[str]:
    tokens = _TOKEN.findall(text)
    if "".join(tokens).replace(" ", "") != "".join(text.split()):
        raise ValueError(f"{text!r} holds what is no word of the language")
    return tokens


def _shifted(word: str, holds: Predicate) -> Predicate:
    if word == "not":
        return lambda view: not holds(view)
    if word == "root":
        return lambda view: holds(view.root)
    return lambda view: view.parent is not None and holds(view.parent)


def _presence(word: str, tag: int) -> Predicate:
    if word == "present":
        return lambda view: tag in view.index
    if word == "absent":
        return lambda view: tag not in view.index
    if word == "filled":
        return lambda view: view.has_value(tag)
    return lambda view: not view.has_value(tag)


def _count(word: str, tag: int) -> Number:
    if word == "items":
        return lambda view: float(len(view.items(tag)))
    return lambda view: float(len(view.texts(tag)) or len(view.numbers(tag)))


def _value(tag: int, at: int) -> Number:
    return lambda view: numbers[at] if len(numbers := view.numbers(tag)) > at else None


def _constant(number: float) -> Number:
    return lambda _: number
