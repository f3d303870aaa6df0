"""Known defects of the programs: what each does wrong, in which versions, and what becomes of it here.

Versions are compared by their numbers. `since` is the first version that is not known to be free of it, `before` the
first that is; both empty: every version so far.
"""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import zip_longest
from typing import Final

from dicomize.records import dataclass

MEASURED: Final = "measured, docs/toolkits.md"
READ: Final = "from its source, docs/toolkits.md"


class Answer(StrEnum):
    """What dicomize does about a defect."""

    CORRECTS = "corrects"
    """what the program wrote is put right in normalization"""
    AVOIDS = "avoids"
    """the program is never asked to do this, or is given nothing that brings it out"""


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that a program does wrong."""

    program: str
    what: str
    """the capability concerned: jpeg-…, raw-…, decode-…, encode-…"""
    description: str
    answer: Answer
    since: str = ""
    before: str = ""
    reference: str = MEASURED
    when: str = ""
    """which pictures bring an encoder's defect out: odd, deep-colour, tiny, narrow, transformed, between (backends/compressing.py)"""

    def affects(self, version: str) -> bool:
        """Whether a version has it; a version that is not known is taken to have it."""
        numbers = _numbers(version)
        if not numbers:
            return True
        too_old = bool(self.since) and _less(numbers, _numbers(self.since))
        return not too_old and (not self.before or _less(numbers, _numbers(self.before)))


def known(program: str, version: str = "") -> tuple[Defect, ...]:
    """The defects of one version of a program."""
    return tuple(defect for defect in DEFECTS if defect.program == program and defect.affects(version))


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"\d+(?:\.\d+)*", version, re.ASCII)
    return tuple(int(number) for number in found[0].split(".")) if found else ()


def _less(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    pairs = zip_longest(one, other, fillvalue=0)
    return next((a < b for a, b in pairs if a != b), False)


DEFECTS: Final = (
    Defect(
        "img2dcm",
        "jpeg-rgb",
        "labels every JPEG of three components YBR_FULL_422, so that one that holds RGB shows wrong colours",
        Answer.CORRECTS,
        before="3.7",
    ),
    Defect(
        "img2dcm",
        "jpeg-rgb",
        "sees that a JPEG holds RGB by component ids R, G, B without subsampling only, never by its Adobe segment",
        Answer.CORRECTS,
        since="3.7",
        reference=READ,
    ),
    Defect(
        "img2dcm",
        "jpeg-progressive",
        "stores a progressive JPEG under a retired transfer syntax",
        Answer.AVOIDS,
    ),
    Defect("img2dcm", "jpeg-lossless", "refuses lossless JPEG", Answer.AVOIDS),
    Defect("img2dcm", "jpeg-damaged", "accepts corrupt scan data and a wrong height, with exit 0", Answer.AVOIDS),
    Defect(
        "img2dcm",
        "jpeg-residue",
        "keeps comments by default, and the whole Exif segment with -ka",
        Answer.AVOIDS,
    ),
    Defect(
        "img2dcm",
        "jpeg-aspect",
        "writes PixelAspectRatio from the resolution, upside down; it is left out here",
        Answer.CORRECTS,
    ),
    Defect("img2dcm", "bmp-alpha", "drops the alpha channel of a BMP without a word", Answer.AVOIDS),
    Defect(
        "img2dcm",
        "study-charset",
        "keeps the first of several character sets only with --study-from and --series-from, so that names are lost",
        Answer.AVOIDS,
    ),
    Defect("gdcmimg", "jpeg-extended-12", "writes BitsAllocated 12 for a 12-bit JPEG", Answer.CORRECTS),
    Defect("gdcmimg", "jpeg-extended-8", "labels an 8-bit extended JPEG (SOF1) as baseline", Answer.CORRECTS),
    Defect("gdcmimg", "jpeg-cmyk", "stores a CMYK JPEG, which DICOM has no place for, with exit 0", Answer.AVOIDS),
    Defect("gdcmimg", "jpeg-progressive", "stores a progressive JPEG under a retired transfer syntax", Answer.AVOIDS),
    Defect(
        "gdcmimg",
        "jpeg-damaged",
        "accepts a truncated JPEG with exit 0, and aborts on garbage between the markers",
        Answer.AVOIDS,
    ),
    Defect(
        "gdcmimg",
        "jpeg-residue",
        "keeps all of Exif, comments, and whatever follows the image, in PixelData",
        Answer.AVOIDS,
    ),
    Defect("gdcmimg", "jpeg-lossy", "writes no lossy compression attributes", Answer.CORRECTS),
    Defect("gdcmimg", "long-names", "does not take --input and --output, only -i and -o", Answer.AVOIDS),
    Defect("gdcmimg", "jpeg-name", "takes the format from the extension and knows no .jpe or .jfif", Answer.AVOIDS),
    Defect(
        "gdcmimg",
        "dates",
        "writes the time of the source file as ContentDate and the current time as StudyDate",
        Answer.CORRECTS,
    ),
    Defect(
        "gdcmimg",
        "raw-depth",
        "reads half of a 16-bit raw file where --pf is given without --depth, with exit 0",
        Answer.AVOIDS,
    ),
    Defect(
        "gdcmimg",
        "raw-pnm-16",
        "writes a 16-bit PGM or PPM under a private big-endian transfer syntax, with exit 0",
        Answer.AVOIDS,
    ),
    Defect(
        "gdcmimg", "jpeg2000-file", "stores a whole JP2 file with its boxes where the codestream belongs", Answer.AVOIDS
    ),
    Defect("gdcmimg", "htj2k", "does not read high-throughput JPEG 2000", Answer.AVOIDS),
    Defect("gdcmimg", "raw-bits", "writes what was in memory behind pixels of one bit", Answer.AVOIDS),
    Defect("gdcmimg", "raw-pbm", "writes wrong pixels from a PBM", Answer.AVOIDS),
    Defect(
        "gdcmconv",
        "encode-deflated",
        "writes Implicit VR Little Endian when asked for Deflated, with exit 0",
        Answer.AVOIDS,
        since="3.0.22",
    ),
    Defect(
        "gdcmconv",
        "encode-jpeg-lossless",
        "fails on 8-bit frames of odd length",
        Answer.AVOIDS,
        since="3.0.22",
        when="odd",
    ),
    Defect("gdcmconv", "encode-rle", "aborts on 8-bit frames of odd length", Answer.AVOIDS, when="odd"),
    Defect("gdcmconv", "decode-rle", "decodes 16-bit colour in RLE with wrong pixels", Answer.AVOIDS),
    Defect("gdcmconv", "encode-jpeg-ls", "fails on JPEG-LS of a few pixels", Answer.AVOIDS, when="tiny"),
    Defect(
        "gdcmconv",
        "encode-jpeg2000",
        "crashes on JPEG 2000 of fewer than some 16 rows or columns",
        Answer.AVOIDS,
        when="narrow",
    ),
    Defect(
        "gdcmconv",
        "encode-jpeg-ls-near",
        "states 16 bits for fewer, so that what is rounded exceeds them",
        Answer.AVOIDS,
        when="between",
    ),
    Defect(
        "gdcmconv",
        "encode-jpeg2000-lossy",
        "states 16 bits for fewer, so that what overshoots exceeds them",
        Answer.AVOIDS,
        when="between",
    ),
    Defect("gdcmconv", "encode-jpeg2000", "writes no 16-bit colour as JPEG 2000", Answer.AVOIDS, when="deep-colour"),
    Defect(
        "gdcmconv",
        "encode-jpeg2000",
        "transforms no colours in JPEG 2000, as YBR_RCT needs",
        Answer.AVOIDS,
        when="transformed",
    ),
    Defect(
        "gdcmconv",
        "encode-jpeg-baseline",
        "writes subsampled YCbCr under the label RGB, so that the colours are wrong",
        Answer.AVOIDS,
    ),
    Defect("gdcmconv", "encode-jpeg-extended", "cannot write 12-bit JPEG that can be read again", Answer.AVOIDS),
    Defect(
        "gdcmconv",
        "encode-lossy",
        "stays lossless without a word where an error or a rate is given without --lossy",
        Answer.AVOIDS,
    ),
    Defect(
        "gdcmconv",
        "decode-dermoscopic",
        "takes no Dermoscopic Photography Image for a picture, as it does not know the SOP class",
        Answer.AVOIDS,
    ),
    Defect("gdcmconv", "decode-rgb", "cannot turn YCbCr into RGB", Answer.AVOIDS),
    Defect(
        "dcmcjpeg",
        "encode-jpeg-scaled",
        "moves grey of lossy JPEG so that its darkest sample becomes black, unless +sr is said",
        Answer.AVOIDS,
    ),
    Defect("dcmcjpeg", "encode-jpeg-baseline", "cuts 16-bit grey to 8 bits without a word", Answer.AVOIDS),
    Defect(
        "dcmdjpeg", "decode-440", "decodes vertically subsampled (4:4:0) colour differently from libjpeg", Answer.AVOIDS
    ),
    Defect(
        "jpegtran",
        "rewrite-damaged",
        "writes coefficients that no Huffman code holds, from damaged progressive data, with exit 0",
        Answer.AVOIDS,
    ),
    Defect("jpegtran", "rewrite-tables", "copies no picture whose quantization tables change", Answer.AVOIDS),
    Defect("jpegtran", "drop-small", "drops a picture of less than an MCU nowhere, with exit 0", Answer.AVOIDS),
    Defect("jpegtran", "jpeg-extended-12", "reads no 12-bit JPEG", Answer.AVOIDS),
    Defect("dcmdjpls", "decode-jpeg-ls-few-bits", "refuses JPEG-LS of 2 to 7 bits a sample", Answer.AVOIDS),
    Defect("gdcmconv", "decode-jpeg-ls-few-bits", "refuses JPEG-LS of 6 and of 7 bits a sample", Answer.AVOIDS),
    Defect(
        "dciodvfy",
        "validate-frames",
        "crashes with -new where what FrameIncrementPointer points at is absent",
        Answer.AVOIDS,
    ),
    Defect("dciodvfy", "validate-exit", "has an exit code that says nothing about its findings", Answer.AVOIDS),
    Defect("dciodvfy", "validate-deflated", "cannot read Deflated Explicit VR Little Endian", Answer.AVOIDS),
)
