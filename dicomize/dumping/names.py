"""What DCMTK calls attributes and well-known UIDs (as dcmdump 3.6.7 prints them)."""

from __future__ import annotations

from typing import Final

from pydicom import config
from pydicom.uid import UID

from dicomize.checks.dictionary import entry_of, is_creator, is_private

UNKNOWN: Final = "Unknown Tag & Data"

_SYNTAX: Final = "1.2.840.10008.1.2"
_SYNTAXES: Final = {
    "": "LittleEndianImplicit",
    ".1": "LittleEndianExplicit",
    ".1.99": "DeflatedLittleEndianExplicit",
    ".2": "BigEndianExplicit",
    ".4.100": "MPEG2MainProfile@MainLevel",
    ".4.101": "MPEG2MainProfile@HighLevel",
    ".4.102": "MPEG4HighProfile/Level4.1",
    ".4.103": "MPEG4BDcompatibleHighProfile/Level4.1",
    ".4.104": "MPEG4HighProfile/Level4.2For2DVideo",
    ".4.105": "MPEG4HighProfile/Level4.2For3DVideo",
    ".4.106": "MPEG4StereoHighProfile/Level4.2",
    ".4.107": "HEVCMainProfile/Level5.1",
    ".4.108": "HEVCMain10Profile/Level5.1",
    ".4.50": "JPEGBaseline",
    ".4.51": "JPEGExtended:Process2+4",
    ".4.52": "JPEGExtended:Process3+5",
    ".4.53": "JPEGSpectralSelection:Non-hierarchical:Process6+8",
    ".4.54": "JPEGSpectralSelection:Non-hierarchical:Process7+9",
    ".4.55": "JPEGFullProgression:Non-hierarchical:Process10+12",
    ".4.56": "JPEGFullProgression:Non-hierarchical:Process11+13",
    ".4.57": "JPEGLossless:Non-hierarchical:Process14",
    ".4.58": "JPEGLossless:Non-hierarchical:Process15",
    ".4.59": "JPEGExtended:Hierarchical:Process16+18",
    ".4.60": "JPEGExtended:Hierarchical:Process17+19",
    ".4.61": "JPEGSpectralSelection:Hierarchical:Process20+22",
    ".4.62": "JPEGSpectralSelection:Hierarchical:Process21+23",
    ".4.63": "JPEGFullProgression:Hierarchical:Process24+26",
    ".4.64": "JPEGFullProgression:Hierarchical:Process25+27",
    ".4.65": "JPEGLossless:Hierarchical:Process28",
    ".4.66": "JPEGLossless:Hierarchical:Process29",
    ".4.70": "JPEGLossless:Non-hierarchical-1stOrderPrediction",
    ".4.81": "JPEGLSLossy",
    ".4.90": "JPEG2000LosslessOnly",
    ".4.92": "JPEG2000MulticomponentLosslessOnly",
    ".4.93": "JPEG2000Multicomponent",
    ".7.1": "SMPTEST2110-20:UncompressedProgressiveActiveVideo",
    ".7.2": "SMPTEST2110-20:UncompressedInterlacedActiveVideo",
    ".7.3": "SMPTEST2110-30:PCMDigitalAudio",
}
"""the end of the UID of a transfer syntax that DCMTK does not call by its keyword"""

USED: Final = {
    "": "Little Endian Implicit",
    ".1": "Little Endian Explicit",
    ".1.99": "Deflated Explicit VR Little Endian",
    ".2": "Big Endian Explicit",
    ".4.50": "JPEG Baseline",
    ".4.51": "JPEG Extended, Process 2+4",
    ".4.57": "JPEG Lossless, Non-hierarchical, Process 14",
    ".4.70": "JPEG Lossless, Non-hierarchical, 1st Order Prediction",
    ".4.80": "JPEG-LS Lossless",
    ".4.81": "JPEG-LS Lossy (Near-lossless)",
    ".4.90": "JPEG 2000 (Lossless only)",
    ".4.91": "JPEG 2000 (Lossless or Lossy)",
    ".5": "RLE Lossless",
}
"""the same in the head line of a data set"""


def attribute(tag: int) -> str:
    """The name behind the # of a line."""
    if tag & 0xFFFF == 0 and tag >> 16 not in {0, 2}:
        return "PrivateGroupLength" if is_private(tag) else "GenericGroupLength"
    if is_private(tag):
        return "PrivateCreator" if is_creator(tag) and tag & 0xFF >= 0x10 else UNKNOWN
    entry = entry_of(tag)
    if entry is None or not entry.keyword:
        return UNKNOWN
    return f"RETIRED_{entry.keyword}" if entry.retired else entry.keyword


def uid(text: str) -> str:
    """The name of a transfer syntax or of a storage class; an empty string for any other UID."""
    known = UID(text, validation_mode=config.IGNORE)
    if known.type == "Transfer Syntax":
        return _SYNTAXES.get(text.removeprefix(_SYNTAX), known.keyword)
    if known.type == "SOP Class" and "Storage" in known.keyword and not known.is_retired:
        return known.keyword.replace("MultiFrame", "Multiframe")
    return ""


def used(transfer_syntax: str, *, little: bool, explicit: bool) -> str:
    """A transfer syntax in the head line of a data set; how it was read where no file meta information says it."""
    if not transfer_syntax:
        return f"{'Little' if little else 'Big'} Endian {'Explicit' if explicit else 'Implicit'}"
    return USED.get(transfer_syntax.removeprefix(_SYNTAX), UID(transfer_syntax, validation_mode=config.IGNORE).name)
