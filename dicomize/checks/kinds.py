"""What each kind of finding means, what to do about it, and where the rule stands: for `dicomize check --explain`."""

from __future__ import annotations

from typing import Final, NamedTuple


class Kind(NamedTuple):
    """A kind of finding: what it says of the file, a remedy, the rule."""

    meaning: str
    remedy: str
    reference: str


_STATE = "state the attribute with a value"
_TYPES = "PS3.5 7.4"

KINDS: Final[dict[str, Kind]] = {
    "missing-1": Kind("an attribute that the IOD requires is absent", _STATE, _TYPES),
    "missing-1C": Kind("an attribute that the IOD requires under a condition that holds is absent", _STATE, _TYPES),
    "missing-2": Kind("an attribute that must be there, if need be empty, is absent", "add it, empty if unknown", _TYPES),
    "missing-2C": Kind(
        "an attribute that must be there under a condition that holds, if need be empty, is absent",
        "add it, empty if unknown",
        _TYPES,
    ),
    "empty-1": Kind("an attribute that must have a value is empty", _STATE, _TYPES),
    "empty-1C": Kind("an attribute that must have a value under a condition that holds is empty", _STATE, _TYPES),
    "empty-condition-unsatisfied": Kind(
        "an attribute is there, empty, although its condition does not hold", "remove it", _TYPES
    ),
    "present-condition-unsatisfied": Kind(
        "an attribute is there although its condition does not hold, and it may not be there otherwise",
        "remove it, or state what its condition asks for",
        _TYPES,
    ),
    "sequence-items": Kind("a sequence has more or fewer items than the module allows", "add or remove items", "PS3.3"),
    "enum": Kind("a value is none of those that the attribute may have", "use an enumerated value", "PS3.5 7.4"),
    "defined-term": Kind(
        "a value is none of the standard's terms; another one is allowed where none of them fits",
        "use a defined term if one fits",
        "PS3.5 7.4",
    ),
    "zero": Kind("a value is zero where that has no meaning", "state the real value", "PS3.3"),
    "rule": Kind("a rule of a module is broken; the message says which", "see the message", "PS3.3"),
    "not-in-iod": Kind(
        "a standard attribute belongs to no module of this IOD", "remove it, unless it is a deliberate extension", "PS3.2"
    ),
    "vm": Kind("an attribute has more or fewer values than it may have", "correct the number of values", "PS3.6"),
    "vr-wrong": Kind("an attribute of the IOD is encoded with a VR that it does not have", "encode it anew", "PS3.6"),
    "vr-mismatch": Kind("an attribute is encoded with another VR than the dictionary gives", "encode it anew", "PS3.6"),
    "value-invalid": Kind(
        "a value breaks the rules of its VR: characters, length, range or form", "correct the value", "PS3.5 6.2"
    ),
    "value-dubious": Kind("a value is legal but looks wrong", "look at it", "PS3.5 6.2"),
    "retired": Kind("an attribute is retired from the standard", "use its successor", "PS3.6"),
    "not-in-dictionary": Kind("an attribute with an even group is not known", "check the tag", "PS3.6"),
    "private": Kind("a private attribute has no creator, or an illegal place", "reserve a block for it", "PS3.5 7.8"),
    "group-length": Kind("a group length disagrees with its group", "remove it: it is retired", "PS3.5 7.2"),
    "encoding": Kind("the file is not encoded as a DICOM file is", "have it written anew", "PS3.5 7"),
    "encapsulation": Kind(
        "compressed pixel data is not packed as the standard says: offset table, fragments, delimiters",
        "have it written anew",
        "PS3.5 A.4",
    ),
    "pixeldata-length": Kind(
        "PixelData has another length than Rows, Columns, samples, bits and frames make", "correct what is false", "PS3.5 8"
    ),
    "pixel-bits": Kind("bits allocated, stored and high bit contradict each other", "correct them", "PS3.5 8.1.1"),
    "pixel-aspect": Kind("PixelAspectRatio is there although the pixels are square or a spacing is given", "remove it", "PS3.3 C.7.6.3.1.7"),
    "pixel-spacing": Kind("PixelSpacing contradicts another spacing", "state the calibration", "PS3.3 10.7"),
    "frame-increment-pointer": Kind("FrameIncrementPointer points at nothing, or at the wrong vector", "correct it", "PS3.3 C.7.6.6"),
    "patient-orientation": Kind("PatientOrientation is no pair of directions", "correct it, or leave it empty", "PS3.3 C.7.6.1.1.1"),
    "lossy-method": Kind("LossyImageCompressionMethod does not fit the transfer syntax", "correct it", "PS3.3 C.7.6.1.1.5"),
    "lossy": Kind("a lossy picture is not labelled as one", "state LossyImageCompression 01, ratio and method", "PS3.3 C.7.6.1.1.5"),
    "color": Kind("PhotometricInterpretation and the stored picture disagree about its colours", "correct the label", "PS3.5 8.2.1"),
    "stream": Kind("the header and the stored picture disagree, or the picture is damaged", "convert the source anew", "PS3.5 8.2.1"),
    "frames": Kind(
        "PixelData holds another number of pictures than NumberOfFrames says", "correct it, or convert anew", "PS3.5 A.4"
    ),
    "decode": Kind(
        "a decoder cannot decode a frame, or not all of it; asked for with --decode", "get the original again", "PS3.5 8.2"
    ),
    "not-decoded": Kind(
        "decoding was asked for, but nothing at hand does it, or not in time: the coded data was not looked at",
        "install a decoder: pylibjpeg, pyjpegls, python-gdcm, DCMTK",
        "PS3.5 8.2",
    ),
    "transfer-syntax": Kind("the transfer syntax is not that of the stored picture", "correct it", "PS3.5 A.4"),
    "residue": Kind(
        "the stored picture carries something besides the picture, which may identify somebody",
        "convert the source with dicomize",
        "PS3.15 E.3",
    ),
    "meta": Kind("the file meta information lacks something, or is wrong", "have the file written anew", "PS3.10 7.1"),
    "meta-mismatch": Kind("the file meta information contradicts the data set", "have the file written anew", "PS3.10 7.1"),
    "uid-root": Kind("a UID has a root that cannot be", "make UIDs under a root of your own, or 2.25", "PS3.5 9"),
    "uid-reuse": Kind("one UID stands for two different things", "make a UID for each", "PS3.5 9"),
    "sop-class": Kind("the SOP class is not known", "check SOPClassUID", "PS3.4"),
    "code": Kind("a code sequence holds a code that is malformed, or of a retired scheme", "correct the code", "PS3.3 8"),
    "dicomdir": Kind(
        "an attribute has no value that a DICOMDIR needs: the file cannot go onto media as it is", _STATE, "PS3.3 F.5"
    ),
    "entity-mismatch": Kind(
        "files of one patient, study or series disagree about it", "correct the file that is wrong", "PS3.3 A.1.2"
    ),
    "entity-duplicate": Kind("two files have the same SOPInstanceUID", "keep one of them", "PS3.3 C.12.1"),
    "entity-reference": Kind("a file refers to one that is not among these", "add it, or check the reference", "PS3.3"),
    "entity-hierarchy": Kind(
        "one study belongs to two patients, or one series to two studies", "correct the file that is wrong", "PS3.3 A.1.2"
    ),
}  # fmt: skip
