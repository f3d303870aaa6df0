"""Undo Exif orientations, cut and blacken among the DCT coefficients of a JPEG: nothing is rounded, nothing lost.

The result is, byte for byte, what jpegtran of libjpeg-turbo writes of the same stream (-copy none -perfect), but for
APPn segments: none is made, and APP14, which says what the samples mean, is kept. Where the edge that comes to lie at
the left or the top is not made of whole MCUs there is no such result. Streams of 12 bits, which jpegtran does not take,
get optimal Huffman tables, for the standard ones lack their symbols.
"""

from __future__ import annotations

from array import array
from operator import neg

from dicomize.jpeg import cutting
from dicomize.jpeg.coefficients import Plane, decode
from dicomize.jpeg.color import RGB_IDS, adobe_transform, color_model, is_jfif
from dicomize.jpeg.encoding import Coding, TablePair, encode, optimal_tables
from dicomize.jpeg.encoding_tables import STANDARD_AC, STANDARD_DC
from dicomize.jpeg.layout import blocks, picture_rows, quantization_tables_of
from dicomize.jpeg.markers import APP14, DHT, DQT, EOI, SOF0, SOI, SOS, Component, JpegFile
from dicomize.jpeg.orientation import Edit, Move, can_turn, move_of
from dicomize.model import ColorModel


def turn(data: bytes, jpeg: JpegFile, orientation: int) -> bytes:
    """The stream with the Exif orientation, 1..8, undone; see `edit`."""
    return edit(data, jpeg, Edit(orientation))


def edit(data: bytes, jpeg: JpegFile, wanted: Edit) -> bytes:
    """The stream blackened, cut and turned.

    `data` is a clean stream: no APPn but APP14 is expected, and none is kept. A stream that needs nothing is written
    anew all the same.

    Raises:
        SourceDamaged: the data is not what the headers promise.
        ValueError: it cannot be done without loss.
    """
    rows, part = picture_rows(jpeg), wanted.keep
    if not all(cutting.whole(r, jpeg.frame, rows) for r in (*wanted.blacken, *filter(None, [part]))):
        raise ValueError("a part to be blackened or kept is not made of whole MCUs")
    if not can_turn(jpeg, wanted.orientation, part):
        raise ValueError(f"orientation {wanted.orientation} cannot be undone without loss")
    move = move_of(wanted.orientation)
    picture = _Picture(data, jpeg, move, (part.height, part.width) if part else (rows, jpeg.frame.columns))
    planes = decode(data, jpeg)
    for rectangle in wanted.blacken:
        cutting.blacken(planes, jpeg.frame, rectangle, black_levels(data, jpeg))
    if part is not None:
        planes = cutting.cut(planes, jpeg.frame, part)
    planes = tuple(_moved(plane, move) for plane in planes)
    tables = _standard_tables(picture.codings)
    if jpeg.frame.precision != 8:
        tables = optimal_tables(planes, picture.codings)
    return picture.head(tables) + encode(planes, picture.codings, tables) + bytes([0xFF, EOI])


def black_levels(data: bytes, jpeg: JpegFile) -> tuple[int, ...]:
    """DC coefficient of a black block of each component of a clean stream."""
    steps = tuple(table[0] for table in quantization_tables_of(data, jpeg))
    ycbcr = color_model(data, jpeg) is ColorModel.YCBCR
    return cutting.black_levels(steps, jpeg.frame.precision, ycbcr=ycbcr)


def black(data: bytes, jpeg: JpegFile, width: int, height: int) -> bytes:
    """A black picture with the tables and the sampling of a stream, for `jpegtran -drop`."""
    frame = jpeg.frame
    picture = _Picture(data, jpeg, move_of(1), (height, width))
    mcu_width, mcu_height = frame.mcu
    planes = []
    for c, level in zip(frame.components, black_levels(data, jpeg), strict=True):
        h, v = (1, 1) if len(frame.components) == 1 else (c.h, c.v)
        across, down = -(-width // mcu_width) * h, -(-height // mcu_height) * v
        planes.append(Plane(across, down, array("h", [level, *[0] * 63]) * (across * down)))
    tables = _standard_tables(picture.codings)
    return picture.head(tables) + encode(tuple(planes), picture.codings, tables) + bytes([0xFF, EOI])


# ---------------------------------------------------------------- coefficients


def _zigzag() -> tuple[tuple[int, int], ...]:
    """(vertical, horizontal) frequency of each coefficient in zigzag order (T.81 figure A.6)."""
    cells = [(v, h) for v in range(8) for h in range(8)]
    return tuple(sorted(cells, key=lambda cell: (sum(cell), cell[sum(cell) % 2 == 0])))


_FREQUENCIES = _zigzag()


def _moved(plane: Plane, move: Move) -> Plane:
    """The plane with its blocks and the coefficients within them moved."""
    across, down = (plane.down, plane.across) if move.transpose else (plane.across, plane.down)
    raw = plane.values.tobytes()
    placed: array[int] = array("h")
    placed.frombytes(b"".join(raw[128 * i : 128 * i + 128] for i in _block_order(plane, move)))
    values: array[int] = array("h", bytes(len(raw)))
    for k, (v, h) in enumerate(_FREQUENCIES):
        source = _FREQUENCIES.index((h, v)) if move.transpose else k
        same = placed[source::64]
        # cosines of odd frequency change sign when mirrored
        negative = (move.left_right and h % 2 == 1) != (move.top_bottom and v % 2 == 1)
        values[k::64] = array("h", map(neg, same)) if negative else same
    return Plane(across, down, values)


def _block_order(plane: Plane, move: Move) -> list[int]:
    """For each place of the moved plane the place of its block in the plane."""
    count, across = plane.across * plane.down, plane.across
    if move.transpose:
        rows = [range(x, count, across) for x in range(across)]
    else:
        rows = [range(y * across, (y + 1) * across) for y in range(plane.down)]
    if move.left_right:
        rows = [row[::-1] for row in rows]
    if move.top_bottom:
        rows.reverse()
    return [place for row in rows for place in row]


# ---------------------------------------------------------------- headers


class _Picture:
    """The headers of the turned picture, laid out as libjpeg does."""

    def __init__(self, data: bytes, jpeg: JpegFile, move: Move, size: tuple[int, int]) -> None:
        self.precision = jpeg.frame.precision
        self.rows, self.columns = size
        self.adobe = b"".join(data[s.start : s.end] for s in jpeg.segments if s.marker == APP14)
        steps = quantization_tables_of(data, jpeg)
        self.components = _renumbered(jpeg.frame.components, steps)
        if move.transpose:
            self.rows, self.columns = self.columns, self.rows
            self.components = tuple(Component(c.id, c.v, c.h, c.tq) for c in self.components)
            steps = tuple(_transposed(table) for table in steps)
        self.steps = {c.tq: table for c, table in zip(self.components, steps, strict=True)}
        self.codings = self._codings(_chrominance(data, jpeg))

    def _codings(self, chrominance: frozenset[int]) -> tuple[Coding, ...]:
        h_max, v_max = max(c.h for c in self.components), max(c.v for c in self.components)
        return tuple(
            Coding(
                h=c.h,
                v=c.v,
                across=blocks(self.columns, c.h, h_max),
                down=blocks(self.rows, c.v, v_max),
                table=int(index in chrominance),
            )
            for index, c in enumerate(self.components)
        )

    def head(self, tables: dict[int, TablePair]) -> bytes:
        """Everything from SOI to the scan header."""
        wide = any(max(table) > 255 for table in self.steps.values())
        sof = SOF0 if self.precision == 8 and not wide else SOF0 + 1
        return b"".join(
            [
                bytes([0xFF, SOI]),
                self.adobe,
                *(_segment(DQT, _quantization(tq, table)) for tq, table in self.steps.items()),
                _segment(sof, self._frame()),
                *(
                    _segment(DHT, bytes([16 * kind + destination]) + table.counts + table.symbols)
                    for destination, pair in tables.items()
                    for kind, table in enumerate(pair)
                ),
                _segment(SOS, self._scan()),
            ]
        )

    def _frame(self) -> bytes:
        size = self.rows.to_bytes(2, "big") + self.columns.to_bytes(2, "big")
        entries = b"".join(bytes([c.id, 16 * c.h + c.v, c.tq]) for c in self.components)
        return bytes([self.precision]) + size + bytes([len(self.components)]) + entries

    def _scan(self) -> bytes:
        selectors = zip(self.components, self.codings, strict=True)
        entries = b"".join(bytes([c.id, 17 * coding.table]) for c, coding in selectors)
        return bytes([len(self.components)]) + entries + bytes([0, 63, 0])


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload


def _quantization(destination: int, table: tuple[int, ...]) -> bytes:
    width = 2 if max(table) > 255 else 1
    return bytes([16 * (width - 1) + destination]) + b"".join(step.to_bytes(width, "big") for step in table)


def _transposed(table: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(table[_FREQUENCIES.index((h, v))] for v, h in _FREQUENCIES)


def _renumbered(components: tuple[Component, ...], steps: tuple[tuple[int, ...], ...]) -> tuple[Component, ...]:
    """The components with a destination for each quantization table, for one destination may have held two.

    A single component gets sampling factors of 1, for others mean nothing there, and some decoders stumble over them.
    """
    if len(components) == 1:
        return (Component(components[0].id, 1, 1, components[0].tq),)
    if len({(c.tq, table) for c, table in zip(components, steps, strict=True)}) == len({c.tq for c in components}):
        return components
    different = list(dict.fromkeys(steps))
    return tuple(Component(c.id, c.h, c.v, different.index(table)) for c, table in zip(components, steps, strict=True))


def _chrominance(data: bytes, jpeg: JpegFile) -> frozenset[int]:
    """Positions of the components that libjpeg takes for chrominance, and gives the tables of destination 1."""
    components, transform = jpeg.frame.components, adobe_transform(data, jpeg)
    if len(components) == 3:
        rgb = tuple(c.id for c in components) == RGB_IDS if transform is None else transform == 0
        return frozenset({1, 2}) if is_jfif(data, jpeg) or not rgb else frozenset()
    return frozenset({1, 2}) if len(components) == 4 and transform not in {None, 0} else frozenset()


def _standard_tables(codings: tuple[Coding, ...]) -> dict[int, TablePair]:
    used = dict.fromkeys(coding.table for coding in codings)
    return {destination: (STANDARD_DC[destination], STANDARD_AC[destination]) for destination in used}
