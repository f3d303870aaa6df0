"""A data set in XML: as DCMTK's dcm2xml writes it, or in the Native DICOM Model (PS3.19 A.1).

The document may refer to a document type, which is never fetched; entities of its own are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import TreeBuilder
from xml.parsers import expat

from dicomize.errors import MetadataError
from dicomize.metadata.elements import Element
from dicomize.metadata.reading import read_whole, shown

DCMTK_NAMESPACE: Final = "http://dicom.offis.de/dcmtk"
_NATIVE_NAMESPACE: Final = "http://dicom.nema.org/PS3.19/models/NativeDICOM"
_SEPARATOR: Final = "}"
_NAME_GROUPS: Final = ("Alphabetic", "Ideographic", "Phonetic")
_NAME_PARTS: Final = ("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix")
_TAKE: Final = "give what dcm2xml writes, or a data set in the Native DICOM Model of PS3.19"


def read_xml(path: Path, *, require_namespace: bool = False) -> tuple[Element, ...]:
    """All data elements but those of the file itself.

    Args:
        require_namespace: whether the root must name DCMTK's namespace, as img2dcm's --check-namespace wants it.

    Raises:
        MetadataError: it cannot be read, is no XML, or not of one of the two forms.
    """
    raw = read_whole(path)
    try:
        root = _parsed(raw)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise MetadataError(f"{shown(path)} is no XML that can be read: {error}", _TAKE) from None
    if require_namespace and _split(root.tag)[0] != DCMTK_NAMESPACE:
        raise MetadataError(f"{shown(path)} does not name the namespace {DCMTK_NAMESPACE}", "write it with dcm2xml +Xn")
    try:
        return tuple(_elements(root))
    except _NotOfThatForm as error:
        raise MetadataError(f"{shown(path)} {error}", _TAKE) from None
    except RecursionError:
        raise MetadataError(f"{shown(path)} has sequences too deep in each other", _TAKE) from None


class _NotOfThatForm(Exception):
    """What is wrong with the document, as the rest of a sentence."""


def _parsed(raw: bytes) -> Node:
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = _refuse_entity
    parser.Parse(raw, True)  # noqa: FBT003 - expat's own interface: this is all
    root: Node = builder.close()
    return root


def _refuse_entity(name: str, *_: object) -> None:
    raise ValueError(f"it defines an entity, {name!r}")


def _split(tag: str) -> tuple[str, str]:
    """Namespace and name."""
    namespace, _, name = tag.rpartition(_SEPARATOR)
    return namespace, name


def _elements(root: Node) -> Iterator[Element]:
    namespace, name = _split(root.tag)
    if name == "file-format" and namespace in {"", DCMTK_NAMESPACE}:
        sets = [child for child in root if _split(child.tag)[1] == "data-set"]
        if len(sets) != 1:
            raise _NotOfThatForm("holds no data-set")
        return _each(sets[0], _dcmtk)
    if name == "data-set" and namespace in {"", DCMTK_NAMESPACE}:
        return _each(root, _dcmtk)
    if name == "NativeDicomModel" and namespace in {"", _NATIVE_NAMESPACE}:
        return _each(root, _native)
    raise _NotOfThatForm(f"begins with <{name}>, so it is no data set")


def _each(parent: Node, convert: Callable[[Node], Element]) -> Iterator[Element]:
    seen: set[int] = set()
    for child in parent:
        element = convert(child)
        if element.tag in seen:
            raise _NotOfThatForm(f"says {element.tag:08X} twice")
        seen.add(element.tag)
        yield element


def _tag(node: Node, length: int) -> int:
    text = node.get("tag", "")
    try:
        if len(text) == length:
            return int(text.replace(",", ""), 16)
    except ValueError:
        pass
    raise _NotOfThatForm(f"has a <{_split(node.tag)[1]}> with the tag {text!r}")


def _dcmtk(node: Node) -> Element:
    tag, VR, name = _tag(node, 9), node.get("vr", ""), _split(node.tag)[1]
    if name == "element":
        if len(node):
            raise _NotOfThatForm(f"has something else than text in the element {node.get('tag')}")
        problem = "dcm2xml did not load it; write the document with +M" if node.get("loaded") == "no" else ""
        return Element(tag, VR, node.text or "", problem=problem)
    if name == "sequence":
        # the frames of PixelData stand in pixel-item
        items = [child for child in node if _split(child.tag)[1] == "item"]
        return Element(tag, VR, items=tuple(tuple(_each(item, _dcmtk)) for item in items))
    raise _NotOfThatForm(f"has a <{name}> where an element or a sequence must be")


def _native(node: Node) -> Element:
    tag, VR, name = _tag(node, 8), node.get("vr", ""), _split(node.tag)[1]
    if name != "DicomAttribute":
        raise _NotOfThatForm(f"has a <{name}> where a DicomAttribute must be")
    if node.get("privateCreator"):
        # its tag is only the number within the block (PS3.19 A.1.5), which may be anything
        tag |= 0x00010000
    children = sorted(node, key=_number)
    kinds = {_split(child.tag)[1] for child in children}
    if kinds == {"Item"}:
        return Element(tag, VR, items=tuple(tuple(_each(item, _native)) for item in children))
    if kinds == {"PersonName"}:
        return Element(tag, VR, "\\".join(map(_name, children)))
    if kinds <= {"Value"}:
        return Element(tag, VR, "\\".join(child.text or "" for child in children))
    if kinds <= {"BulkData", "InlineBinary"}:
        return Element(tag, VR)
    raise _NotOfThatForm(f"has values of several kinds in {node.get('tag')}")


def _number(node: Node) -> int:
    try:
        return int(node.get("number", "1"))
    except ValueError:
        raise _NotOfThatForm(f"numbers a value {node.get('number')!r}") from None


def _name(node: Node) -> str:
    """A name as it is typed: groups by =, parts by ^ (PS3.5 6.2.1)."""
    groups = {_split(group.tag)[1]: group for group in node}
    texts = []
    for group in _NAME_GROUPS:
        parts = {_split(part.tag)[1]: part.text or "" for part in groups.get(group, ())}
        texts.append("^".join(parts.get(part, "") for part in _NAME_PARTS).rstrip("^"))
    return "=".join(texts).rstrip("=")
