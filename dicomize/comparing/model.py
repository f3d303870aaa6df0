"""The frozen vocabulary of comparisons: of toolkits on one picture, and of two instances.

Every class is immutable, picklable and, through serialize.py, plain JSON.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from dicomize.errors import ExitCode
from dicomize.model import CheckReport, Plan
from dicomize.records import dataclass

# ---------------------------------------------------------------- what a toolkit did on its own


class RunStatus(StrEnum):
    """How a toolkit's own run on the original picture ended."""

    WROTE = "wrote"
    """exit 0 and a file; which does not mean that the file is right"""
    FAILED = "failed"
    """another exit code, or exit 0 without a file"""
    CRASHED = "crashed"
    """killed by a signal"""
    TIMED_OUT = "timed out"
    NOT_RUN = "not run"
    """not installed, or nobody knows how its users run it"""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a toolkit on the original picture, with its default options."""

    status: RunStatus
    argv: tuple[str, ...] = ()
    message: str = ""
    """why it failed, or was not run: the toolkit's own last word where it had one"""
    returncode: int | None = None
    """negative: the signal that ended it; None: it was not run, or was stopped"""
    seconds: float | None = None
    """wall time of the process"""
    peak_memory: int | None = None
    """bytes that the process had resident at most; None where this system does not say"""


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that identifies a place, a person or a device, or may, inside a stored stream."""

    name: str
    """such as "GPS position", "camera serial number", "thumbnail", "COM", "bytes behind EOI" """
    carrier: str
    """the part of the stream that holds it, such as "APP1 Exif" """
    length: int
    """bytes of the carrier"""


@dataclass(frozen=True, slots=True)
class DecoderDigest:
    """What one decoder makes of a file: the samples as displayed, interleaved, rows from the top.

    The reference is the source as libjpeg shows it, turned as the file was turned.
    """

    decoder: str
    """such as "DCMTK", "GDCM", "pydicom with Pillow" """
    version: str
    sha256: str = ""
    """of the samples; empty where it could not decode"""
    PhotometricInterpretation: str = ""
    """of the samples that were digested"""
    max_error: int | None = None
    """largest difference from the reference, in steps of a sample; None: there is no reference of that size"""
    mean_error: float | None = None
    problem: str = ""
    """why it could not decode"""
    picture: Path | None = None
    """the first frame as a PNG, at most 1024 pixels wide or high, where a folder was given to keep it in"""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A DICOM file that was written, bare or normalized, and everything that is known of it."""

    sha256: str
    size: int
    TransferSyntaxUID: str
    PhotometricInterpretation: str
    report: CheckReport | None
    """native findings and those of dciodvfy where it is installed; None: it cannot be checked at all"""
    leaks: tuple[Leak, ...]
    digests: tuple[DecoderDigest, ...]
    problems: tuple[str, ...] = ()
    """sentences on what could not be read, checked or looked through"""
    path: Path | None = None
    """where it was kept; None: it is gone"""


class FaultKind(StrEnum):
    """What a toolkit gets wrong, the gravest first."""

    UNREADABLE = "unreadable"
    """the file, or its picture, cannot be read, or its stream is damaged"""
    COLOR = "color"
    """the label says other colours than the stream holds"""
    ORIENTATION = "orientation"
    """stored as it lies, although Exif says how it should stand: no DICOM viewer turns it"""
    LABEL = "label"
    """the transfer syntax or an Image Pixel attribute disagrees with the stream"""
    LEAK = "leak"
    COMMENT = "comment"
    """a COM segment: free text"""
    TRAILING = "trailing"
    """data behind the end of the picture, still in PixelData"""
    LOSSY = "lossy"
    """a lossy picture that does not say so, or not how"""
    TYPE_1 = "type-1"
    TYPE_2 = "type-2"
    OTHER = "other"
    """other errors of the checks"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a file, by its findings, leaks and decoded pixels."""

    kind: FaultKind
    sentence: str
    """a clause that goes on after the toolkit's name, such as "keeps the GPS position" """
    reference: str = ""


@dataclass(frozen=True, slots=True)
class RawOutcome:
    """The toolkit on its own."""

    run: Run
    file: StoredFile | None = None
    """None: it wrote none"""
    faults: tuple[Fault, ...] = ()
    """the gravest first"""


@dataclass(frozen=True, slots=True)
class NormalizedOutcome:
    """The same backend through the pipeline."""

    file: StoredFile | None = None
    """None: there is no result, and `refusal` says why"""
    seconds: float | None = None
    """from prepare to publish"""
    refusal: str = ""
    exit_code: ExitCode = ExitCode.DONE
    """what a conversion with this backend ends with"""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class BackendOutcome:
    """Everything about one backend, or one build of it."""

    backend: str
    version: str
    program: Path | None
    """the program that was run; None: it works in a Python process"""
    because: str
    """why it cannot be used here; empty when it can"""
    raw: RawOutcome
    normalized: NormalizedOutcome
    verdict: str
    """one sentence"""


# ---------------------------------------------------------------- all of them together


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """One attribute: what each toolkit wrote on its own, and what is kept."""

    tag: int
    theirs: tuple[tuple[str, str], ...]
    """backend, value for people ("absent", "empty", "2 items"); one for each that wrote a file"""
    ours: str
    """empty: there is no result to compare with"""
    reason: str
    reference: str
    """paragraph of the standard"""

    @property
    def equal(self) -> bool:
        """Whether every toolkit wrote what is kept."""
        return all(value == self.ours for _, value in self.theirs)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One picture through every backend."""

    source: Path
    source_sha256: str
    """empty: the file cannot be read as a picture"""
    plan: Plan | None
    """None: the pipeline refuses the source, and `refusal` says why"""
    refusal: str
    exit_code: ExitCode
    """what a conversion of this source ends with"""
    backends: tuple[BackendOutcome, ...]
    """in the order in which a conversion would choose"""
    attributes: tuple[AttributeRow, ...]
    """in tag order"""
    picture: Path | None = None
    """the source as it should look, as a small PNG, where a folder was given to keep it in"""
    pairs: tuple[tuple[str, InstanceComparison], ...] = ()
    """backend, and how its result (right) differs from the first one (left), where it is not the same bytes"""

    @property
    def identical(self) -> bool | None:
        """Whether all normalized results are the same bytes; None: there are not two."""
        digests = [b.normalized.file.sha256 for b in self.backends if b.normalized.file is not None]
        return len(set(digests)) == 1 if len(digests) > 1 else None

    @property
    def alike(self) -> bool | None:
        """Whether all normalized results are the same but for how their encoder wrote the same pixels."""
        return self.identical if self.identical is not False else all(pair.identical for _, pair in self.pairs)


# ---------------------------------------------------------------- two instances


class DifferenceKind(StrEnum):
    """How two instances differ in one element."""

    ONLY_LEFT = "only left"
    ONLY_RIGHT = "only right"
    VALUE = "value"
    VR = "VR"
    """the same value under another VR"""
    ITEMS = "items"
    """another number of items"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One element that differs."""

    kind: DifferenceKind
    path: str
    """/Seq(gggg,eeee)[1]/Keyword(gggg,eeee), as dciodvfy -new writes it"""
    tag: int
    VR: tuple[str, str]
    """left, right; empty: absent"""
    left: str
    """for people, shortened; "absent" and "empty" are told apart"""
    right: str


@dataclass(frozen=True, slots=True)
class FrameDifference:
    """One frame against the same frame of the other instance, in steps of a sample as compared."""

    number: int
    """from 1"""
    max_error: int
    mean_error: float
    PSNR: float | None
    """dB; None: no sample differs"""
    SSIM: float | None
    """mean structural similarity over the channels, 1.0: the same; None: the picture is smaller than its window"""
    color_mean: float | None = None
    """CIEDE2000 of colours taken as sRGB, on average; None: there are none"""
    color_max: float | None = None
    """the largest CIEDE2000 of a pixel"""


@dataclass(frozen=True, slots=True)
class PixelDifference:
    """The pictures of two instances."""

    encoded_identical: bool
    """PixelData holds the same bytes, padding aside"""
    decoded_identical: bool | None = None
    """None: not decoded, and `problem` says why"""
    compared_as: str = ""
    """such as "RGB: left is YBR_FULL_422, right is RGB, both are compared as displayed" """
    frames: tuple[FrameDifference, ...] = ()
    """every frame that differs; none where nothing differs or nothing could be measured"""
    picture: Path | None = None
    """how the worst frame differs, as a PNG, where one was asked for"""
    amplified: float = 1.0
    """by how much the differences in that picture are multiplied"""
    problem: str = ""
    """why there is no answer, or no measure: other sizes, no decoder, no numpy"""

    @property
    def identical(self) -> bool:
        """Whether both show the same; where that could not be found out, whether both hold the same bytes."""
        return self.encoded_identical if self.decoded_identical is None else self.decoded_identical

    @property
    def worst(self) -> FrameDifference | None:
        """The frame with the largest mean error."""
        return max(self.frames, key=lambda f: f.mean_error, default=None)


@dataclass(frozen=True, slots=True)
class InstanceComparison:
    """Two instances."""

    left: Path
    right: Path
    identical_files: bool
    """the same bytes"""
    differences: tuple[Difference, ...]
    ignored: tuple[Difference, ...]
    """what differs but was asked not to count"""
    pixels: PixelDifference | None
    """None: neither has PixelData, or it was asked not to count"""
    problems: tuple[str, ...] = ()
    """sentences on damage, behind which something may have been missed"""

    @property
    def identical(self) -> bool:
        """Whether nothing that counts differs."""
        return self.identical_files or (not self.differences and (self.pixels is None or self.pixels.identical))
