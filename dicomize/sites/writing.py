"""A profile as commented TOML, which `load_site` reads back."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from dicomize.errors import MetadataError
from dicomize.sites.schema import schema

_WIDTH: Final = 98
_TABLES: Final = ("tools", "attributes")
_TABLES_OF_TABLES: Final = ("redact", "backend")


class Draft(NamedTuple):
    """What a new profile says."""

    head: Sequence[str]
    """paragraphs at its top"""
    values: Mapping[str, object]
    """entry -> its value, as TOML has it"""
    reasons: Mapping[str, Sequence[str]]
    """entry -> paragraphs that say why"""


def profile_text(draft: Draft) -> str:
    """The profile: every entry with what it means; one that the draft leaves out is a comment with an example.

    Raises:
        MetadataError: a text cannot stand in TOML.
    """
    blocks = [list(_comment(draft.head))]
    properties: dict[str, dict[str, object]] = schema()["properties"]
    for entry, described in properties.items():
        block = list(_comment([str(described["description"]), *draft.reasons.get(entry, ())]))
        examples = described["examples"]
        example = examples[0] if isinstance(examples, list) else ""
        if entry in draft.values:
            block += _lines(entry, draft.values[entry])
        else:
            block += (f"# {line}" for line in _lines(entry, example))
        blocks.append(block)
    text = "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise MetadataError("a name that is no text cannot stand in a site profile", "rename the file") from None
    return text


def _comment(paragraphs: Sequence[str]) -> Iterator[str]:
    for paragraph in paragraphs:
        visible = "".join(c if c.isprintable() else " " for c in paragraph)
        yield from (f"# {line}" for line in textwrap.wrap(visible, _WIDTH))


def _lines(entry: str, value: object) -> Iterator[str]:
    """An entry as TOML. Tables come last in the schema, as they must in TOML."""
    if entry in _TABLES_OF_TABLES and isinstance(value, Mapping):
        for name, table in value.items():
            yield from _table(f"{entry}.{name}", table)
    elif entry in _TABLES and isinstance(value, Mapping):
        yield from _table(entry, value)
    else:
        yield f"{entry} = {toml(value)}"


def _table(name: str, table: Mapping[str, object]) -> Iterator[str]:
    yield f"[{name}]"
    for key, value in table.items():
        yield f"{_key(key)} = {toml(value)}"


def toml(value: object) -> str:
    """A value as TOML."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(str(k))} = {toml(v)}" for k, v in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(toml(v) for v in value)}]"
    return json.dumps(value)


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else toml(key)
