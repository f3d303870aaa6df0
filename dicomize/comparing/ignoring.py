"""What two instances may differ in without that counting: `--ignore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from pydicom.datadict import tag_for_keyword

from dicomize.errors import MetadataError
from dicomize.metadata.keys import parse_tag

_KINDS_OF_UID: Final = frozenset(
    {
        "SOPClassUID", "MediaStorageSOPClassUID", "TransferSyntaxUID", "CodingSchemeUID", "ContextGroupExtensionCreatorUID",
        "MappingResourceUID", "ContextUID", "ReferencedSOPClassUID", "RelatedGeneralSOPClassUID", "ImplementationClassUID",
    }
)  # fmt: skip
"""UIDs that say what something is, not which one"""

_WRITER: Final = (
    "ImplementationClassUID",
    "ImplementationVersionName",
    "SourceApplicationEntityTitle",
    "ContributingEquipmentSequence",
)

PRESETS: Final = {
    "uids": "every UID that names this instance, its series, its study, or another one",
    "times": "every date and time",
    "writer": "what names the program that wrote the file",
}
"""word -> what it stands for"""


class Ignored(NamedTuple):
    """What does not count: VRs, and paths of tags that may stand at any depth."""

    presets: frozenset[str] = frozenset()
    paths: tuple[tuple[int, ...], ...] = ()

    def covers(self, path: tuple[int, ...], VRs: Sequence[str]) -> bool:
        """Whether a difference does not count.

        Args:
            path: tags of the sequences that lead to the element, and its own.
            VRs: of the element, on either side.
        """
        if "uids" in self.presets and "UI" in VRs and path[-1] not in _KIND_TAGS:
            return True
        if "times" in self.presets and any(VR in {"DA", "TM", "DT"} for VR in VRs):
            return True
        return any(_contains(path, wanted) for wanted in self.paths)


NOTHING: Final = Ignored()

_KIND_TAGS: Final = frozenset(tag_for_keyword(keyword) for keyword in _KINDS_OF_UID)


def ignored(words: Sequence[str]) -> Ignored:
    """What the words of `--ignore` mean: presets, keywords, tags, or paths of these with dots.

    Raises:
        MetadataError: a word is none of these.
    """
    presets = {word for word in words if word in PRESETS}
    paths = [_path(word) for word in words if word not in PRESETS]
    if "writer" in presets:
        paths += [(tag_for_keyword(keyword) or 0,) for keyword in _WRITER]
    return Ignored(frozenset(presets), tuple(paths))


def _path(word: str) -> tuple[int, ...]:
    if "[" in word:
        raise MetadataError(
            f"--ignore {word!r} numbers an item", "leave out the number: an attribute is ignored in every item"
        )
    return tuple(parse_tag("--ignore", part) for part in word.split("."))


def _contains(path: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether the tags stand somewhere in the path, one behind the other: what is in an ignored sequence is ignored."""
    return any(path[at : at + len(wanted)] == wanted for at in range(len(path) - len(wanted) + 1))
