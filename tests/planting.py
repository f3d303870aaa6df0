"""Pictures with a marker planted in one place each: wherever a file can hold what is not the picture."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin, TiffImagePlugin

from dicomize.jpeg.markers import parse

TEXT = "PLANTED-4711-ROSE"
MARK = TEXT.encode("ascii")
FORMS = (MARK, TEXT.encode("utf-16-le"), TEXT.encode("utf-16-be"))
"""what is searched for"""
BY_DESIGN = {0x010F: "Manufacturer", 0x0110: "ManufacturerModelName", 0x0131: "SoftwareVersions"}
"""Exif tags whose text becomes an attribute"""


def picture(mode: str = "RGB", size: tuple[int, int] = (48, 32)) -> Image.Image:
    bands = [Image.linear_gradient("L"), Image.linear_gradient("L").rotate(90), Image.radial_gradient("L")]
    return Image.merge("RGB", bands).resize(size).convert(mode)


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def jpeg(mode: str = "RGB", **options: Any) -> bytes:
    return saved(picture(mode), "JPEG", **{"quality": 90, **options})


def segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def behind_soi(data: bytes, extra: bytes) -> bytes:
    return data[:2] + extra + data[2:]


def before(data: bytes, name: str, extra: bytes) -> bytes:
    at = next(s.start for s in parse(data).segments if s.name == name)
    return data[:at] + extra + data[at:]


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _with(make: Callable[[Any], bytes], value: object) -> bytes:
    return make(value)


# ---------------------------------------------------------------- Exif


def exif(first: list[tuple[int, int, bytes]], inner: tuple[int, list[tuple[int, int, bytes]]] | None = None) -> bytes:
    """A TIFF structure with such entries (tag, type, bytes), and perhaps another directory that a tag points to."""
    entries = [*first, *([(inner[0], 4, bytes(4))] if inner else [])]
    body, data = _directory(entries, 8, {})
    if inner:
        place = 8 + len(body) + len(data)
        body, data = _directory(entries, 8, {inner[0]: place})
        more, values = _directory(inner[1], place, {})
        data += more + values
    return b"II*\0\x08\0\0\0" + body + data


def _directory(entries: list[tuple[int, int, bytes]], at: int, points: dict[int, int]) -> tuple[bytes, bytes]:
    start, rows, data = at + 2 + 12 * len(entries) + 4, b"", b""
    for tag, kind, raw in sorted(entries):
        value = struct.pack("<I", points[tag]) if tag in points else raw.ljust(4, b"\0")
        if len(value) > 4:
            value = struct.pack("<I", start + len(data))
            data += raw + bytes(len(raw) % 2)
        rows += struct.pack("<HHI", tag, kind, len(raw) // {3: 2, 4: 4, 5: 8}.get(kind, 1)) + value
    return struct.pack("<H", len(entries)) + rows + bytes(4), data


def in_exif(tag: int, kind: int = 2, inner: int = 0) -> bytes:
    raw = {1: TEXT.encode("utf-16-le"), 2: MARK + b"\0", 7: b"ASCII\0\0\0" + MARK}[kind]
    return exif([], (inner, [(tag, kind, raw)])) if inner else exif([(tag, kind, raw)])


def _in_jpeg(data: bytes) -> bytes:
    return behind_soi(jpeg(), segment(0xE1, b"Exif\0\0" + data))


def exif_places() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """A JPEG with the marker in one tag of one directory."""
    tags = [(0, t, 2) for t in (0x010D, 0x010E, 0x0132, 0x013B, 0x013C, 0x8298, 0xC62F, 0xFDE8)]
    tags += [(0, t, 1) for t in range(0x9C9B, 0x9CA0)] + [(0, t, 7) for t in (0x02BC, 0x83BB, 0x8773, 0xC4A5)]
    tags += [(0x8769, t, 2) for t in (0x9003, 0x9010, 0x829A, 0xA420, *range(0xA430, 0xA43D))]
    tags += [(0x8769, t, 7) for t in (0x927C, 0x9286)]
    tags += [(0x8825, t, 2) for t in (1, 3, 0x12, 0x1B, 0x1D)] + [(0xA005, 1, 2)]
    for inner, tag, kind in tags:
        name = f"Exif {inner or 1:04X} {tag:04X} type {kind}"
        data = in_exif(tag, kind, inner)
        yield name, partial(_in_jpeg, data)


# ---------------------------------------------------------------- JPEG


def named_profile() -> bytes:
    """A profile of sRGB whose description, copyright and private tag are the marker."""
    curve = b"para" + bytes(8) + struct.pack(">i", 144179)
    columns = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
    text = b"desc" + bytes(4) + struct.pack(">I", len(MARK) + 1) + MARK + bytes(80)
    tags = {b"desc": text, b"cprt": b"text" + bytes(4) + MARK + b"\0\0\0", b"prvt": b"data" + bytes(8) + MARK + b"\0"}
    tags |= {n: b"XYZ " + bytes(4) + struct.pack(">3i", *(round(65536 * v) for v in c))
             for n, c in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)}  # fmt: skip
    tags |= {b"wtpt": b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    at, table, data = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += name + struct.pack(">II", at + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    head = struct.pack(">I", 128 + len(table) + len(data)) + MARK[:4] + b"\2\x10\0\0mntrRGB XYZ " + bytes(12) + b"acsp"
    head += MARK[:4] + bytes(4) + MARK[:8] + bytes(12) + struct.pack(">3i", 63190, 65536, 54061) + MARK[:4]
    return head.ljust(128, b"\0") + table + data


def huffman(where: int) -> bytes:
    """A table of 17 codes of 5 bits, whose symbols are the marker."""
    return bytes([where, 0, 0, 0, 0, 17, *[0] * 11]) + MARK


def lowered() -> bytes:
    """The frame header says less rows than there are; those behind hold what they like."""
    data = bytearray(before(jpeg(subsampling=0), "EOI", MARK))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 2] = (16).to_bytes(2, "big")
    return bytes(data)


JPEG: dict[str, Callable[[], bytes]] = {
    **{f"APP{n}": partial(_with, lambda n: behind_soi(jpeg(), segment(0xE0 + n, MARK + b"\0" + MARK)), n) for n in range(16)},
    **{f"COM before {w}": partial(_with, lambda w: before(jpeg(), w, segment(0xFE, MARK)), w) for w in ("DQT", "SOF0", "DHT", "SOS", "EOI")},
    "COM in a progressive one": lambda: before(jpeg(progressive=True), "SOS", segment(0xFE, MARK)),
    "JFIF thumbnail": lambda: b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\2\1\0\x48\0\x48\5\1" + MARK) + jpeg()[20:],
    "JFXX thumbnail": lambda: before(
        jpeg(), "DQT", segment(0xE0, b"JFXX\0\x10" + saved(picture("L", (8, 8)), "JPEG", comment=MARK))
    ),
    "XMP": lambda: behind_soi(jpeg(), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + MARK)),
    "XMP extension": lambda: behind_soi(
        jpeg(), segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + bytes(8) + MARK)
    ),
    "ICC": lambda: jpeg(icc_profile=named_profile()),
    "MPF": lambda: behind_soi(jpeg(), segment(0xE2, b"MPF\0" + in_exif(0xB003))),
    "IPTC": lambda: behind_soi(
        jpeg(), segment(0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\0\x16\x1c\2\x50\0\x11" + MARK)
    ),
    "Ducky": lambda: behind_soi(jpeg(), segment(0xEC, b"Ducky\0\2\0\x15\0\0\0\x11" + MARK)),
    "C2PA": lambda: behind_soi(jpeg(), segment(0xEB, b"JP\0\1\0\0\0\1" + box(b"jumb", MARK))),
    "Adobe tail": lambda: behind_soi(jpeg(), segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + MARK)),
    "behind EOI": lambda: jpeg() + MARK,
    "a second picture": lambda: jpeg() + jpeg(comment=MARK),
    "behind the last MCU": lambda: before(jpeg(), "EOI", MARK),
    "fill bytes": lambda: before(jpeg(), "SOS", b"\xff" * 9 + segment(0xFE, MARK)),
    "unused quantization table": lambda: before(jpeg(), "SOF0", segment(0xDB, b"\3" + MARK.ljust(64, b"\1"))),
    "replaced quantization table": lambda: before(jpeg(), "DQT", segment(0xDB, b"\0" + MARK.ljust(64, b"\1"))),
    "quantization table behind the picture": lambda: before(jpeg(), "EOI", segment(0xDB, b"\3" + MARK.ljust(64, b"\1"))),
    "unused Huffman table": lambda: before(jpeg(), "SOS", segment(0xC4, huffman(0x13))),
    "replaced Huffman table": lambda: before(jpeg(), "DHT", segment(0xC4, huffman(0))),
    "unused tables of grey": lambda: before(jpeg("L"), "SOS", segment(0xC4, huffman(0x11))),
    "arithmetic conditioning": lambda: before(jpeg(), "SOS", segment(0xCC, MARK + b"\0")),
}  # fmt: skip


def symbols() -> bytes:
    """The marker in place of the last symbols of an AC table, which a smooth picture does not use."""
    data = bytearray(jpeg())
    at = data.index(b"\xff\xc4\x00\xb5")
    data[at + 2 + 0xB5 - len(MARK) : at + 2 + 0xB5] = MARK
    return bytes(data)


def tail(marker: bytes) -> bytes:
    data = jpeg()
    at = data.index(marker)
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    whole = data[at + 4 : at + 2 + length] + MARK
    return data[:at] + segment(marker[1], whole) + data[at + 2 + length :]


# ---------------------------------------------------------------- other containers


def png(*chunks: bytes, where: bytes = b"IDAT", behind: bytes = b"") -> bytes:
    data = saved(picture(), "PNG")
    at = data.index(where) - 4
    return data[:at] + b"".join(chunks) + data[at:] + behind


def noted_png() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", TEXT)
    info.add_text("Comment", TEXT, zip=True)
    info.add_itxt("XML:com.adobe.xmp", TEXT)
    return saved(picture(), "PNG", pnginfo=info)


def tiff(*tags: tuple[int, int], **options: Any) -> bytes:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, kind in tags:
        info[tag] = TEXT if kind == 2 else MARK
        info.tagtype[tag] = kind
    return saved(picture(), "TIFF", tiffinfo=info, **options)


def gif(block: bytes = b"", behind: bytes = b"") -> bytes:
    data = saved(picture("P"), "GIF", comment=b"x")
    at = data.index(b"\x21\xfe")
    return data[:at] + block + data[at:] + behind


SUB = bytes([len(MARK)]) + MARK + b"\0"


def webp(*chunks: bytes, behind: bytes = b"", **options: Any) -> bytes:
    data = saved(picture(), "WEBP", lossless=True, exif=exif([(0x0128, 3, b"\2\0")]), **options)
    more = b"".join(chunks)
    return data[:4] + struct.pack("<I", len(data) - 8 + len(more)) + data[8:] + more + behind


def riff(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def bmp(gap: bytes = b"", behind: bytes = b"") -> bytes:
    data = saved(picture(), "BMP")
    start = int.from_bytes(data[10:14], "little")
    return data[:10] + struct.pack("<I", start + len(gap)) + data[14:start] + gap + data[start:] + behind


def j2k(**options: Any) -> bytes:
    return saved(picture(), "JPEG2000", no_jp2=True, irreversible=False, mct=1, **options)


def in_main_header(marker: bytes, payload: bytes = MARK) -> bytes:
    data = j2k()
    at = data.index(b"\xff\x90")
    return data[:at] + marker + struct.pack(">H", len(payload) + 2) + payload + data[at:]


def in_tile_header(marker: bytes) -> bytes:
    """A segment behind SOT, whose length is stated anew."""
    data, extra = j2k(), marker + struct.pack(">H", len(MARK) + 2) + MARK
    at = data.index(b"\xff\x90")
    length = int.from_bytes(data[at + 6 : at + 10], "big")
    stated = struct.pack(">I", length + len(extra)) if length else bytes(4)
    return data[: at + 6] + stated + data[at + 10 : at + 12] + extra + data[at + 12 :]


def longer_cod() -> bytes:
    data = j2k()
    at = data.index(b"\xff\x52")
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    return (
        data[: at + 2]
        + struct.pack(">H", length + len(MARK))
        + data[at + 4 : at + 2 + length]
        + MARK
        + data[at + 2 + length :]
    )


def jp2(*boxes: bytes, behind: bytes = b"") -> bytes:
    data = saved(picture(), "JPEG2000", irreversible=False, mct=1)
    at = data.index(b"jp2c") - 4
    return data[:at] + b"".join(boxes) + data[at:] + behind


def jpegls() -> bytes:
    import imagecodecs  # noqa: PLC0415 - an extra

    return bytes(imagecodecs.jpegls_encode(np.asarray(picture())))


def beside_scan(marker: bytes, payload: bytes) -> bytes:
    data = jpegls()
    at = data.index(b"\xff\xda")
    return data[:at] + marker + struct.pack(">H", len(payload) + 2) + payload + data[at:]


def heif(**options: Any) -> bytes:
    import pillow_heif  # noqa: PLC0415 - an extra

    buffer = io.BytesIO()
    pillow_heif.from_pillow(picture(size=(64, 64))).save(buffer, **options)
    return buffer.getvalue()


OTHERS: dict[str, Callable[[], bytes]] = {
    **{f"PNG {k.decode()}": partial(_with, lambda k: png(chunk(k, MARK)), k) for k in (b"tEXt", b"prVt", b"tIME", b"pHYs", b"sPLT", b"caBX")},
    "PNG texts": noted_png,
    "PNG eXIf": lambda: png(chunk(b"eXIf", in_exif(0x013B))),
    "PNG iCCP": lambda: saved(picture(), "PNG", icc_profile=named_profile()),
    "PNG name of iCCP": lambda: png(chunk(b"iCCP", MARK + b"\0\0" + zlib.compress(named_profile()))),
    "PNG behind the picture": lambda: png(chunk(b"tEXt", MARK), where=b"IEND"),
    "PNG behind IEND": lambda: png(behind=MARK),
    "PNG animation": lambda: saved(picture(), "PNG", save_all=True, append_images=[picture()], exif=in_exif(0x013B)) + MARK,
    **{f"TIFF {tag}": partial(_with, lambda tag: tiff((tag, 2)), tag) for tag in (269, 270, 285, 306, 315, 316, 33432, 37510, 65000)},
    **{f"TIFF {tag}": partial(_with, lambda tag: tiff((tag, 7)), tag) for tag in (700, 33723, 34377, 37500, 37724, 50341)},
    "TIFF ICC": lambda: tiff(icc_profile=named_profile()),
    "TIFF behind": lambda: tiff() + MARK,
    "TIFF page": lambda: tiff((315, 2), save_all=True, append_images=[picture()]),
    "BigTIFF": lambda: tiff((315, 2), big_tiff=True),
    "TIFF with a JPEG": lambda: tiff((315, 2), compression="jpeg"),
    "GIF comment": lambda: gif(b"!\xfe" + SUB),
    "GIF application": lambda: gif(b"!\xff\x0bXMP DataXMP" + SUB),
    "GIF text": lambda: gif(b"!\x01" + SUB),
    "GIF unknown": lambda: gif(b"!\x77" + SUB),
    "GIF behind": lambda: gif(behind=MARK),
    "GIF animation": lambda: saved(picture("P"), "GIF", save_all=True, append_images=[picture("P")], comment=MARK),
    "WebP Exif": lambda: webp(riff(b"EXIF", in_exif(0x013B))),
    "WebP XMP": lambda: webp(xmp=MARK),
    "WebP ICC": lambda: webp(icc_profile=named_profile()),
    "WebP unknown": lambda: webp(riff(b"prVt", MARK)),
    "WebP behind": lambda: webp(behind=MARK),
    "BMP gap": lambda: bmp(gap=MARK),
    "BMP behind": lambda: bmp(behind=MARK),
    "PNM comments": lambda: b"P6 # " + MARK + b"\n48 32\n# " + MARK + b"\n255\n" + picture().tobytes() + MARK,
    "PAM": lambda: b"P7\n#" + MARK + b"\nWIDTH 48\nHEIGHT 32\nDEPTH 3\nMAXVAL 255\nENDHDR\n" + picture().tobytes(),
    **{f"JP2 {k.decode()}": partial(_with, lambda k: jp2(box(k, bytes(16) + MARK)), k) for k in (b"xml ", b"uuid", b"uinf", b"free", b"jumb")},
    "JP2 behind": lambda: jp2(behind=MARK),
    "JPEG 2000 comment": lambda: in_main_header(b"\xff\x64", b"\0\1" + MARK),
    "JPEG 2000 comment of a tile": lambda: in_tile_header(b"\xff\x64"),
    "JPEG 2000 packet lengths": lambda: in_main_header(b"\xff\x57"),
    "JPEG 2000 packet lengths of a tile": lambda: in_tile_header(b"\xff\x58"),
    "JPEG 2000 tile-part lengths": lambda: in_main_header(b"\xff\x55"),
    "JPEG 2000 registration": lambda: in_main_header(b"\xff\x63"),
    "JPEG 2000 behind EOC": lambda: j2k() + MARK,
    **{f"JPEG-LS APP{n}": partial(_with, lambda n: behind_soi(jpegls(), segment(0xE0 + n, MARK)), n) for n in (0, 1, 8, 13, 15)},
    "JPEG-LS COM": lambda: behind_soi(jpegls(), segment(0xFE, MARK)),
    "JPEG-LS behind EOI": lambda: jpegls() + MARK,
    "HEIC Exif": lambda: heif(exif=b"Exif\0\0" + in_exif(0x013B)),
    "HEIC XMP": lambda: heif(xmp=MARK),
    "HEIC ICC": lambda: heif(icc_profile=named_profile()),
    "HEIC unknown box": lambda: heif() + box(b"uuid", bytes(16) + MARK),
    "AVIF Exif": lambda: saved(picture(), "AVIF", exif=in_exif(0x013B)),
    "AVIF behind": lambda: saved(picture(), "AVIF") + box(b"free", MARK),
}  # fmt: skip

PLACES: dict[str, Callable[[], bytes]] = {**{f"JPEG {k}": v for k, v in JPEG.items()}, **dict(exif_places()), **OTHERS}

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "before SOI": (lambda: MARK + jpeg(), "begins with 17 bytes that are no image"),
    "between segments": (lambda: before(jpeg(), "SOF0", MARK), "there is no marker at byte"),
    "codes that the picture does not use": (symbols, "holds symbols that no such picture has"),
    "unknown marker": (lambda: before(jpeg(), "SOS", segment(0xF0, MARK)), "unknown marker"),
    "SOF tail": (lambda: tail(b"\xff\xc0"), "(SOF0) at byte"),
    "tail of a quantization table": (lambda: before(jpeg(), "SOF0", segment(0xDB, b"\3" + b"\1" * 64 + MARK)), "DQT"),
    "JPEG 2000 with an unknown segment": (lambda: in_main_header(b"\xff\x74"), "0xFF74"),
    "JPEG 2000 with a longer COD": (longer_cod, "a COD has a wrong length"),
    "JPEG-LS with a mapping table": (lambda: beside_scan(b"\xff\xf8", b"\2\1\1" + MARK), "has tables beside its samples"),
    "JPEG-LS with a longer DRI": (lambda: beside_scan(b"\xff\xdd", b"\0\0" + MARK), "has a wrong length"),
    "JPEG-LS with longer parameters": (lambda: beside_scan(b"\xff\xf8", b"\1" + bytes(10) + MARK), "have a wrong length"),
    "PNM comment among samples": (lambda: b"P3\n2 1\n255\n1 2 3 #" + MARK + b"\n4 5 6\n", "no number"),
}  # fmt: skip
"""what holds it where it can neither be told from the picture nor be left out"""
