"""What the user, and the site, asked for."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from dicomize.model.source import ColorModel
from dicomize.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A part of a picture, in pixels from its top left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column behind it."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a picture is to lie, and what of it is to be seen.

    Rectangles are measured in the picture as it is looked at: upright, and turned and flipped as asked for here.
    """

    rotate: int = 0
    """degrees clockwise: 0, 90, 180, 270"""
    flip: str = ""
    """horizontal (left and right change places), vertical, or an empty string"""
    redact: tuple[Rectangle, ...] = ()
    """what is blackened"""
    crop: Rectangle | None = None
    """what is kept"""
    scale: str = ""
    """a percentage such as 50%, or a size such as 1024x768 that it is made to fit in; empty: as it is"""
    trim_edges: bool = False
    """give up incomplete blocks at the edges rather than decode a JPEG"""


@dataclass(frozen=True, slots=True)
class Redaction:
    """What a site blackens in all pictures of one kind of device and size."""

    name: str
    ManufacturerModelName: str
    """as Exif names the model"""
    Columns: int
    Rows: int
    """of the picture as it is looked at"""
    rectangles: tuple[Rectangle, ...]


class UIDMode(StrEnum):
    """Where UIDs come from (docs/metadata.md)."""

    DERIVED = "derived"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class CommandLine:
    """How a program of the site's own writes a picture (docs/sites.md); a form without a command is refused."""

    command: tuple[str, ...] = ()
    """for a compressed stream: the program, then arguments with placeholders"""
    raw_command: tuple[str, ...] = ()
    """for uncompressed pixels"""
    accepts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """keyword, and the only values of it that the program takes"""
    environment: tuple[tuple[str, str], ...] = ()
    """variables set beside those of this process"""
    version_args: tuple[str, ...] = ()
    """arguments that make it say its version; none: it is not asked"""
    version_pattern: str = r"(\d+(?:\.\d+)+)"
    """regular expression over what it then says; group 1 is the version"""


@dataclass(frozen=True, slots=True)
class ConfiguredBackend:
    """A backend that the site describes: another build of a toolkit, or a program of its own."""

    name: str
    type: str = ""
    """the registered backend that this is another build of; empty for a program of the site's own"""
    tools: tuple[tuple[str, Path], ...] = ()
    """all programs of the build: program, path"""
    timeout: float = 0.0
    """seconds that one run may take; 0: the site's"""
    line: CommandLine | None = None
    """the program of the site's own"""


@dataclass(frozen=True, slots=True)
class SiteProfile:
    """What one site wants of every conversion (docs/sites.md)."""

    name: str = ""
    backends: tuple[str, ...] = ()
    """order of preference; empty: the default order"""
    tools: tuple[tuple[str, Path], ...] = ()
    """program, explicit path"""
    attributes: tuple[tuple[str, str], ...] = ()
    """key, value, in the order of the file"""
    sop_class: str = ""
    transfer_syntax: str = ""
    character_set: str = ""
    """SpecificCharacterSet for text that ASCII cannot hold; empty: ISO_IR 192"""
    uids: UIDMode | None = None
    uid_root: str = ""
    uid_key: str = field(default="", repr=False)
    """secret that keys the derivation of UIDs; for programs, as no file may state it"""
    uid_key_env: str = ""
    """the environment variable that holds the secret"""
    timeout: float = 60.0
    """seconds that one run of a program may take"""
    configured: tuple[ConfiguredBackend, ...] = ()
    """backends that the site describes, in the order of the file"""
    redactions: tuple[Redaction, ...] = ()
    """what is blackened in pictures of certain devices"""
    require_no_text: bool = False
    """whether results in which text is found are refused"""
    imagemagick: bool = False
    """whether ImageMagick may read what nothing else here does"""
    requires: tuple[str, ...] = ()
    """versions that the site approved, such as "dcmtk == 3.6.7"; a conversion with another one is refused"""


@dataclass(frozen=True, slots=True)
class ImportedAttributes:
    """What one file has to say of a result: read once, whatever the number of pictures (docs/metadata.md)."""

    origin: str
    """the option and the file, such as "--dataset-from template.dcm" """
    attributes: tuple[tuple[str, str], ...]
    """key, value as it would be typed"""
    empty: tuple[str, ...] = ()
    """keys without a value, which take away none that is there"""
    character_set: str = ""
    """SpecificCharacterSet of the file, to be kept where it can hold every text"""
    first_number: int | None = None
    """InstanceNumber of the first picture of the call; further ones count on"""
    note: str = ""
    """a sentence on what was left out, and why"""


@dataclass(frozen=True, slots=True)
class ConversionRequest:
    """What the user asked for, of one source, before any decision is taken."""

    source: Path
    destination: Path
    page: int = 0
    """which picture of the source, from 1; 0: the only one"""
    multiframe: bool = False
    """all pictures of all sources of the call into one instance"""
    frame_time: str = ""
    """milliseconds from one frame to the next, or "file" for what an animation states; empty: frames are pages"""
    sop_class: str = ""
    transfer_syntax: str = ""
    imports: tuple[ImportedAttributes, ...] = ()
    """attributes from files, from the lowest word to the highest"""
    options: tuple[tuple[str, str], ...] = ()
    """named options: key, value"""
    keys: tuple[tuple[str, str], ...] = ()
    """-k: key, value; they have the last word"""
    backend: str = ""
    site: SiteProfile = field(default_factory=SiteProfile)
    uids: UIDMode | None = None
    uid_root: str = ""
    jpeg_color: ColorModel | None = None
    """the user's word on what the samples mean, where the file is ambiguous"""
    background: str = ""
    """colour behind what is transparent: a name, or #rrggbb"""
    keep_orientation: bool = False
    """store the picture as it is, whatever Exif says"""
    geometry: Geometry = field(default_factory=Geometry)
    icc: str = ""
    """what becomes of the ICC profile: keep (the default), srgb (colours are converted), drop"""
    keep_palette: bool = False
    """store the palette of a picture instead of expanding it"""
    require_no_text: bool = False
    """refuse a result in which text is found"""
    overwrite: bool = False
    strict: bool = True
