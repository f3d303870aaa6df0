"""How each family of tools reads its command line.

Each function takes the words and the options there are, and gives the parameters and the options that were said, in order.

Raises, all of them:
    UsageError: an option is unknown, or lacks a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from dicomize.cli.legacy.table import Option
from dicomize.errors import UsageError
from dicomize.metadata.reading import shown

_QUOTED = re.compile(r"""\"([^"]*)"|'([^']*)'""")
_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")


class Given(NamedTuple):
    """An option that was said, and its values."""

    option: Option
    values: tuple[str, ...] = ()


class Parsed(NamedTuple):
    """A command line, taken apart."""

    parameters: tuple[str, ...]
    given: tuple[Given, ...]
    words: tuple[str, ...]
    """all words, command files expanded"""


# ---------------------------------------------------------------- DCMTK


def read_dcmtk(words: Sequence[str], options: tuple[Option, ...]) -> Parsed:
    """As DCMTK's OFCommandLine: options anywhere, beginning with + or - and no digit; @FILE is what FILE says."""
    names = {name: option for option in options for name in option.names}
    expanded = [word for each in words for word in _expanded(each)]
    parameters: list[str] = []
    given: list[Given] = []
    rest = iter(expanded)
    for word in rest:
        if not re.match(r"[+-][^0-9]", word, re.DOTALL):
            parameters.append(word)
        elif word in names:
            given.append(Given(names[word], _values(names[word], word, rest)))
        else:
            _unknown(word)
    return Parsed(tuple(parameters), tuple(given), tuple(expanded))


def _values(option: Option, word: str, rest: Iterator[str]) -> tuple[str, ...]:
    values = tuple(value for _, value in zip(range(option.values), rest, strict=False))
    if len(values) < option.values:
        raise UsageError(f"{word} lacks a value", f"it takes {option.takes}")
    return values


def _expanded(word: str) -> list[str]:
    """The words of a command file: separated by white space, unless between two quotation marks."""
    if len(word) < 2 or not word.startswith("@"):
        return [word]
    path = Path(word[1:])
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"the command file {shown(path)} cannot be read: {why}", "check its name") from None
    if _WORD.sub("", text).strip():
        raise UsageError(f"the command file {shown(path)} has a quotation mark that is not closed", "close it")
    return [_QUOTED.sub(lambda m: m[1] or m[2] or "", each) for each in _WORD.findall(text)]


# ---------------------------------------------------------------- GDCM


def read_getopt(words: Sequence[str], options: tuple[Option, ...]) -> Parsed:
    """As GNU getopt_long: --name=value, long names cut short, letters run together, -- before what is no option."""
    letters = {name[1]: option for option in options for name in option.names if len(name) == 2}
    parameters: list[str] = []
    given: list[Given] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            parameters.extend(rest)
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            option = _long(name, options)
            given.append(Given(option, _long_values(option, name, value if equals else None, rest)))
        elif word.startswith("-") and len(word) > 1:
            given.extend(_cluster(word[1:], letters, rest))
        else:
            parameters.append(word)
    return Parsed(tuple(parameters), tuple(given), tuple(words))


def _long(name: str, options: tuple[Option, ...]) -> Option:
    exact = [o for o in options if name in o.names]
    # what is cut short means the tool's own
    begun = [o for o in options for n in o.names if n.startswith(name) and n.startswith("--") and not o.ours]
    fitting = exact or begun
    if len(fitting) > 1:
        known = ", ".join(o.name for o in fitting)
        raise UsageError(f"{name} may mean {known}", "write it in full")
    return fitting[0] if fitting else _unknown(name)


def _long_values(option: Option, name: str, value: str | None, rest: Iterator[str]) -> tuple[str, ...]:
    if value is None:
        return _values(option, name, rest)
    if not option.values:
        raise UsageError(f"{name} takes no value", f"leave ={value} out")
    return (value,)


def _cluster(text: str, letters: dict[str, Option], rest: Iterator[str]) -> Iterator[Given]:
    """Letters run together; the first that takes a value takes what follows."""
    for at, letter in enumerate(text):
        option = letters.get(letter) or _unknown(f"-{letter}")
        if option.values:
            attached = text[at + 1 :]
            yield Given(option, (attached,) if attached else _values(option, f"-{letter}", rest))
            return
        yield Given(option)


# ---------------------------------------------------------------- dcm4che


def read_commons(words: Sequence[str], options: tuple[Option, ...]) -> Parsed:
    """As Apache Commons CLI: an option whose values end in ... takes words up to the next option; -- ends them."""
    names = {name: option for option in options for name in option.names}
    parameters: list[str] = []
    given: list[Given] = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word == "--":
            parameters, queue = parameters + queue, []
        elif not word.startswith("-") or word == "-":
            parameters.append(word)
        elif word not in names:
            _unknown(word)
        elif names[word].takes.endswith("..."):
            given.append(Given(names[word], _greedy(names[word], word, queue)))
        else:
            rest = iter(queue)
            given.append(Given(names[word], _values(names[word], word, rest)))
            queue = list(rest)
    return Parsed(tuple(parameters), tuple(given), tuple(words))


def _greedy(option: Option, word: str, queue: list[str]) -> tuple[str, ...]:
    count = next((n for n, each in enumerate(queue) if each.startswith("-")), len(queue))
    if not count:
        raise UsageError(f"{word} lacks a value", f"it takes {option.takes}")
    values = tuple(queue[:count])
    del queue[:count]
    return values


def _unknown(word: str) -> NoReturn:
    raise UsageError(f"there is no option {word!r}", "--help says what there is")
