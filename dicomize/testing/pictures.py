"""Pictures of every form that a plan may have, made without any toolkit."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image

from dicomize.model import ConversionRequest, Plan, PreparedImage
from dicomize.pipeline import plan_all
from dicomize.prepare import prepare
from dicomize.source.opening import open_source
from dicomize.wrappers.tool import Tools


class Picture(NamedTuple):
    """A source, and the form that it is to be stored in."""

    jpeg: Callable[[], bytes]
    transfer_syntax: str = "as-is"


class Case(NamedTuple):
    """A plan and the picture that is prepared for it."""

    plan: Plan
    image: PreparedImage


def jpeg(columns: int, rows: int, mode: str, **options: object) -> bytes:
    """Ramps in three directions, as a JPEG."""
    ramp = Image.linear_gradient("L")
    picture = Image.merge("RGB", [ramp, ramp.rotate(90), Image.radial_gradient("L")])
    buffer = io.BytesIO()
    picture.resize((columns, rows)).convert(mode).save(buffer, "JPEG", quality=90, **options)
    return buffer.getvalue()


def jpeg12(columns: int, rows: int) -> bytes:
    """A grey JPEG of 12 bits a sample (ITU-T T.81, SOF1), each block one step brighter than the one before it."""
    blocks = -(-columns // 8) * -(-rows // 8)
    # every block: a DC difference of 256 (category 9, whose code is 0), then EOB (whose code is 0)
    bits = "0" + f"{256:b}" + "0"
    text = bits * blocks
    text += "1" * (-len(text) % 8)
    scan = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xDB, b"\0" + bytes([1] * 64)),
            _segment(0xC1, bytes([12]) + rows.to_bytes(2, "big") + columns.to_bytes(2, "big") + b"\1\1\x11\0"),
            _segment(0xC4, b"\x00" + b"\1" + bytes(15) + bytes([9])),
            _segment(0xC4, b"\x10" + b"\1" + bytes(15) + bytes([0])),
            _segment(0xDA, b"\1\1\0\0\x3f\0"),
            scan,
            b"\xff\xd9",
        )
    )


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload


PICTURES: Final = {
    "grey": Picture(lambda: jpeg(64, 48, "L")),
    "colour": Picture(lambda: jpeg(64, 48, "RGB")),
    "colour-444": Picture(lambda: jpeg(64, 48, "RGB", subsampling=0)),
    "rgb": Picture(lambda: jpeg(64, 48, "RGB", keep_rgb=True, subsampling=0)),
    "odd": Picture(lambda: jpeg(99, 67, "RGB")),
    "odd-grey": Picture(lambda: jpeg(33, 31, "L")),
    "one-pixel": Picture(lambda: jpeg(1, 1, "L")),
    "one-row": Picture(lambda: jpeg(200, 1, "RGB")),
    "one-column": Picture(lambda: jpeg(1, 200, "RGB")),
    "12-bit": Picture(lambda: jpeg12(48, 24)),
    "raw-grey": Picture(lambda: jpeg(64, 48, "L"), "explicit"),
    "raw-colour": Picture(lambda: jpeg(64, 48, "RGB"), "explicit"),
    "raw-odd": Picture(lambda: jpeg(17, 13, "RGB"), "explicit"),
    "raw-odd-grey": Picture(lambda: jpeg(5, 3, "L"), "explicit"),
    "raw-one-pixel": Picture(lambda: jpeg(1, 1, "L"), "explicit"),
    "raw-12-bit": Picture(lambda: jpeg12(19, 7), "explicit"),
}
"""name -> what it is; the names of those that hold uncompressed pixels begin with raw"""


def case(name: str, scratch: Path, sop_class: str = "sc") -> Case:
    """One of PICTURES, planned, and prepared in the scratch folder."""
    picture = PICTURES[name]
    source = scratch / "source.jpg"
    source.write_bytes(picture.jpeg())
    request = ConversionRequest(
        source, scratch / "unwritten.dcm", sop_class=sop_class, transfer_syntax=picture.transfer_syntax
    )
    (plan,) = plan_all([request])
    if isinstance(plan, Exception):
        raise plan
    if plan.encapsulated or plan.image.BitsStored == 8:
        return Case(plan, prepare(plan, open_source(source), scratch, Tools()))
    return Case(plan, _deep(plan, scratch))


def _deep(plan: Plan, scratch: Path) -> PreparedImage:
    """Samples of more than 8 bits, which only a toolkit could have decoded."""
    image = plan.image
    samples = image.native_length // 2
    data = b"".join((37 * n % 2**image.BitsStored).to_bytes(2, "little") for n in range(samples))
    path = scratch / "image.raw"
    path.write_bytes(data)
    return PreparedImage(path, data, image, plan.TransferSyntaxUID)
