"""PNM: PBM, PGM and PPM, plain and raw, and PAM (the netpbm manual), with any greatest value up to 65535.

A greatest value of 2^n - 1 above 255 gives n bits, as they are; any other is spread over the next of these, in which no
two values become one. Up to 255 all is spread over 8 bits.
"""

from __future__ import annotations

import re
import sys
from array import array
from typing import Final, NamedTuple

from dicomize.errors import SourceUnsupported
from dicomize.model import ColorModel, Residue
from dicomize.source.described import Described, RasterFacts, SourceFile, damaged, describe_raster, require_size
from dicomize.source.raster import Raster, alpha_of, spread_table

_TOKEN: Final = re.compile(rb"(?:\s|#[^\r\n]*[\r\n])*([^\s#]+)")
_PAM_LINE: Final = re.compile(rb"([^\r\n]*)\r?\n")
_TUPLES: Final = {
    b"BLACKANDWHITE": (1, False), b"GRAYSCALE": (1, False), b"RGB": (3, False),
    b"BLACKANDWHITE_ALPHA": (1, True), b"GRAYSCALE_ALPHA": (1, True), b"RGB_ALPHA": (3, True),
}  # fmt: skip
"""TUPLTYPE -> samples a pixel, and whether one more is alpha"""


class _Pnm(NamedTuple):
    """The header."""

    kind: int
    """n of Pn"""
    Columns: int
    Rows: int
    top: int
    """the greatest value"""
    samples: int
    alpha: bool
    start: int
    """offset of the pixels"""
    comments: int
    """bytes"""

    @property
    def plain(self) -> bool:
        return self.kind <= 3

    @property
    def bits(self) -> int:
        return 8 if self.top <= 255 else self.top.bit_length()

    @property
    def channels(self) -> int:
        return self.samples + self.alpha


def describe(file: SourceFile) -> Described:
    """The facts.

    Raises:
        SourceDamaged: the header is.
        SourceUnsupported: it is too large, or a PAM of unknown meaning.
    """
    pnm = _parsed(file.data)
    require_size(pnm.Columns, pnm.Rows)
    residue = [Residue("comment", pnm.comments)] if pnm.comments else []
    surplus = 0 if pnm.plain else len(file.data) - pnm.start - _raw_length(pnm)
    if surplus > 0:
        residue.append(Residue("bytes behind the picture", surplus))
    facts = RasterFacts(
        format="PAM" if pnm.kind == 7 else "PNM",
        Columns=pnm.Columns,
        Rows=pnm.Rows,
        color=ColorModel.MONOCHROME if pnm.samples == 1 else ColorModel.RGB,
        bits=pnm.bits,
        residue=tuple(residue),
        bilevel=(pnm.samples, pnm.top) == (1, 1),
    )
    if pnm.alpha:
        facts = facts._replace(alpha=alpha_of(pixels(file.data)))
    return describe_raster(file, facts)


def pixels(data: bytes) -> Raster:
    """All samples.

    Raises:
        SourceDamaged: there are too few, or one exceeds the greatest value.
    """
    pnm = _parsed(data)
    if pnm.kind in {1, 4}:
        return Raster(pnm.Columns, pnm.Rows, 1, 8, _bitmap(data, pnm))
    values = _plain(data, pnm) if pnm.plain else _raw(data, pnm)
    if len(values) and max(values) > pnm.top:
        raise damaged(f"holds the value {max(values)}, more than the {pnm.top} that it states")
    samples = _spread(values, pnm)
    if not pnm.alpha:
        return Raster(pnm.Columns, pnm.Rows, pnm.samples, pnm.bits, samples)
    size, width = len(samples) // (pnm.Columns * pnm.Rows), 1 if pnm.bits == 8 else 2
    cut = size - width
    pixel = memoryview(samples)
    color = b"".join(pixel[at : at + cut] for at in range(0, len(samples), size))
    alpha = b"".join(pixel[at + cut : at + size] for at in range(0, len(samples), size))
    return Raster(pnm.Columns, pnm.Rows, pnm.samples, pnm.bits, color, alpha)


# ---------------------------------------------------------------- the header


def _parsed(data: bytes) -> _Pnm:
    kind = data[1] - 0x30
    pnm = _pam(data) if kind == 7 else _classic(data, kind)
    if not 1 <= pnm.top <= 65535:
        raise damaged(f"states {pnm.top} as its greatest value, and PNM has 1 to 65535")
    return pnm


def _classic(data: bytes, kind: int) -> _Pnm:
    at, numbers, comments = 2, [], 0
    for _ in range(2 if kind in {1, 4} else 3):
        found = _TOKEN.match(data, at)
        if found is None or not found[1].isdigit() or len(found[1]) > 9:
            raise damaged("has a header that is none of a PNM")
        skipped = data[at : found.start(1)]
        comments += len(skipped) - skipped.find(b"#") if b"#" in skipped else 0
        numbers.append(int(found[1]))
        at = found.end()
    top = 1 if kind in {1, 4} else numbers[2]
    return _Pnm(
        kind, numbers[0], numbers[1], top, 3 if kind in {3, 6} else 1, alpha=False, start=at + 1, comments=comments
    )


def _pam(data: bytes) -> _Pnm:
    fields: dict[bytes, bytes] = {}
    at, comments = 3, 0
    while (line := _PAM_LINE.match(data, at)) and line[1].strip() != b"ENDHDR":
        at = line.end()
        if line[1].startswith(b"#"):
            comments += len(line[1])
            continue
        name, _, value = line[1].strip().partition(b" ")
        fields[name] = value.strip()
    numbers = [fields.get(name, b"") for name in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")]
    if line is None or not all(n.isdigit() and len(n) < 10 for n in numbers):
        raise damaged("has a header that is none of a PAM")
    columns, rows, depth, top = map(int, numbers)
    named = fields.get(b"TUPLTYPE", b"GRAYSCALE" if depth == 1 else b"RGB" if depth == 3 else b"")
    samples, alpha = _TUPLES.get(named, (0, False))
    if samples + alpha != depth or not samples:
        name = named.decode("ascii", "replace")[:20]
        raise SourceUnsupported(f"is a PAM of {depth} channels named {name!r}, which is no picture in grey or colour")
    return _Pnm(7, columns, rows, top, samples, alpha, line.end(), comments)


# ---------------------------------------------------------------- the pixels


def _raw_length(pnm: _Pnm) -> int:
    if pnm.kind == 4:
        return pnm.Rows * ((pnm.Columns + 7) // 8)
    return pnm.Rows * pnm.Columns * pnm.channels * (1 if pnm.top < 256 else 2)


def _body(data: bytes, pnm: _Pnm) -> bytes:
    length = _raw_length(pnm)
    body = data[pnm.start : pnm.start + length]
    if len(body) < length:
        raise damaged(f"is cut short: {len(body)} of {length} bytes of its picture are there")
    return body


def _raw(data: bytes, pnm: _Pnm) -> bytes | array[int]:
    body = _body(data, pnm)
    if pnm.top < 256:
        return body
    values = array("H", body)
    if sys.byteorder == "little":
        values.byteswap()
    return values


def _plain(data: bytes, pnm: _Pnm) -> array[int]:
    count = pnm.Columns * pnm.Rows * pnm.channels
    words = data[pnm.start - 1 :].split(maxsplit=count)[:count]
    if len(words) < count:
        raise damaged(f"is cut short: {len(words)} of {count} samples are there")
    try:
        return array("I", map(int, words))
    except (ValueError, OverflowError):
        raise damaged("holds a sample that is no number") from None


def _bitmap(data: bytes, pnm: _Pnm) -> bytes:
    """1 is black."""
    if pnm.plain:
        found = re.findall(rb"[01]", re.sub(rb"#[^\r\n]*", b"", data[pnm.start - 1 :]))
        count = pnm.Columns * pnm.Rows
        if len(found) < count:
            raise damaged(f"is cut short: {len(found)} of {count} samples are there")
        return bytes(0 if bit == b"1" else 255 for bit in found[:count])
    body, width = _body(data, pnm), (pnm.Columns + 7) // 8
    eight = [bytes(0 if value >> bit & 1 else 255 for bit in range(7, -1, -1)) for value in range(256)]
    rows = (body[at : at + width] for at in range(0, len(body), width))
    return b"".join(b"".join(eight[value] for value in row)[: pnm.Columns] for row in rows)


def _spread(values: bytes | array[int], pnm: _Pnm) -> bytes:
    full = (1 << pnm.bits) - 1
    if pnm.bits == 8:
        table = bytes(spread_table(pnm.top)) + bytes(255 - pnm.top)
        return bytes(iter(values)).translate(table)
    spread = array("H", values) if pnm.top == full else array("H", map(spread_table(pnm.top, full).__getitem__, values))
    if sys.byteorder == "big":
        spread.byteswap()
    return spread.tobytes()
