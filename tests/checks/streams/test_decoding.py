"""Decoding finds damage that headers do not show, says who decoded, and never is silent where nobody can."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features
from pydicom import Dataset
from pydicom.pixels.encoders.native import _encode_segment

from dicomize.checks.run import Judgement, SecondOpinion, check_file
from dicomize.checks.streams import decoding
from dicomize.checks.streams.decoding import Decoded, decode_frames
from dicomize.checks.streams.packbits import decoded_length, wrong_segment
from dicomize.model import Severity
from dicomize.pixeldata import read_instance
from dicomize.wrappers import process
from dicomize.wrappers.process import Command
from dicomize.wrappers.tool import Tools

DATA = Path(__file__).parent / "data"
NO_TOOLS = Tools(tuple((tool, Path("/nonexistent")) for tool in ("dcmdjpeg", "dcmdjpls", "gdcmconv")))


def decoded(path: Path, tools: Tools | None = None) -> Decoded:
    return decode_frames(read_instance(path), tools or Tools())


def spoilt(path: Path, at: int, by: bytes) -> Path:
    """The file with bytes replaced inside the first fragment of its picture."""
    pixels = read_instance(path).pixels
    assert pixels is not None
    data = bytearray(path.read_bytes())
    where = pixels.fragments[0][0] + at
    data[where : where + len(by)] = by
    path.write_bytes(data)
    return path


NOISE = bytes(i * i * 7 % 251 for i in range(50 * 40))


def test_sequential_jpeg_is_followed_by_ourselves(lossy: Callable[..., Path], jpeg: Callable[..., bytes]) -> None:
    path = lossy([jpeg(quality=95)] * 3, NumberOfFrames=3)
    assert decoded(path) == Decoded((), ("dicomize",))
    stream = jpeg(quality=95)
    data = path.read_bytes()
    second = data.index(stream, data.index(stream) + 1)
    tail = second + stream.rindex(b"\xff\xd9") - 6
    path.write_bytes(data[:tail] + b"\x00" * 4 + data[tail + 4 :])
    ((finding,), _) = decoded(path)
    assert (finding.severity, finding.kind) == (Severity.ERROR, "decode")
    assert finding.message.startswith("frame 2: the coded data of the JPEG stream is damaged: ")


def test_what_markers_show_is_not_said_again(lossy: Callable[..., Path], jpeg: Callable[..., bytes]) -> None:
    assert decoded(lossy(jpeg()[:-2])) == Decoded((), ("dicomize",))


@pytest.mark.parametrize(("mode", "allocated"), [("L", 8), ("L", 16), ("RGB", 8)])
@pytest.mark.parametrize("program", [("dcmcrle",), ("gdcmconv", "-R")])
def test_rle_is_followed_by_ourselves(
    program: tuple[str, ...], mode: str, allocated: int, encoded: Callable[..., Path], described: Callable[..., Dataset]
) -> None:
    dataset = described(mode, (50, 40))
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = allocated, allocated, allocated - 1
    path = encoded(dataset, NOISE * (dataset.SamplesPerPixel * allocated // 8), *program)
    assert decoded(path) == Decoded((), ("dicomize",))
    # the first run of the first segment becomes another one
    ((finding,), _) = decoded(spoilt(path, 64, b"\x81"))
    assert finding.kind == "decode"
    assert " bytes of 2000" in finding.message


@pytest.mark.parametrize("program", [("dcmcjpls",), ("dcmcjpeg", "+e1"), ("gdcmconv", "-K")])
def test_others_decode_what_toolkits_write(
    program: tuple[str, ...], encoded: Callable[..., Path], described: Callable[..., Dataset]
) -> None:
    dataset = described("L", (50, 40))
    dataset.NumberOfFrames = 2
    findings, decoders = decoded(encoded(dataset, NOISE * 2, *program))
    assert findings == ()
    assert len(decoders) == 1


def test_damage_that_no_marker_shows(
    encoded: Callable[..., Path], described: Callable[..., Dataset], said: Callable[..., object]
) -> None:
    path = encoded(described("L", (50, 40)), NOISE, "dcmcjpeg", "+e1")
    assert said(spoilt(path, 600, b"\xff\0" * 20)) == []
    ((finding,), _) = decoded(path)
    assert finding.kind == "decode"
    assert "pydicom with pylibjpeg: " in finding.message


def test_high_throughput_without_a_plugin(instance: Callable[..., Path]) -> None:
    findings, decoders = decoded(instance((DATA / "grey.jhc").read_bytes(), "4.201"))
    assert findings == ()
    assert decoders


def test_progressive_jpeg(lossy: Callable[..., Path], jpeg: Callable[..., bytes]) -> None:
    findings, decoders = decoded(lossy(jpeg(progressive=True), syntax="1.2.840.10008.1.2.4.55"))
    assert (findings, decoders) == ((), ("Pillow",))


@pytest.mark.parametrize(
    ("encoder", "tool"), [(("dcmcjpls",), "dcmdjpls"), (("dcmcjpeg", "+e1"), "dcmdjpeg"), (("gdcmconv", "-K"), "gdcmconv")]
)  # fmt: skip
def test_programs_where_python_has_no_decoder(
    encoder: tuple[str, ...], tool: str, encoded: Callable[..., Path],
    described: Callable[..., Dataset], require_tool: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    require_tool(tool)
    monkeypatch.setattr(decoding, "_by_worker", lambda *_: None)
    path = encoded(described("L", (50, 40)), NOISE, *encoder)
    assert decoded(path) == Decoded((), (tool,))
    ((finding,), (who,)) = decoded(spoilt(path, 2, bytes(60)))
    assert (finding.kind, who) == ("decode", tool)
    assert tool in finding.message


def test_where_nobody_can_that_is_said(
    instance: Callable[..., Path], encoded: Callable[..., Path], described: Callable[..., Dataset],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ((finding,), who) = decoded(instance((DATA / "avc.ts").read_bytes(), "4.102"))
    assert (finding.severity, finding.kind, who) == (Severity.WARNING, "not-decoded", ())
    ((finding,), _) = decoded(instance(b"\xff\x0a JPEG XL "[:10], "4.94"))
    assert "of the transfer syntax 1.2.840.10008.1.2.4.94" in finding.message
    path = encoded(described("L", (50, 40)), NOISE, "dcmcjpls")
    monkeypatch.setattr(decoding, "_by_worker", lambda *_: None)
    ((finding,), who) = decoded(path, NO_TOOLS)
    assert (finding.kind, who) == ("not-decoded", ())


def test_native_pixels_need_no_decoder(write: Callable[..., Path], described: Callable[..., Dataset]) -> None:
    assert decoded(write(described("L"), bytes(24 * 16), "1.2.840.10008.1.2.1")) == Decoded((), ())


@pytest.mark.parametrize(
    ("code", "kind"), [("import os; os.abort()", "decode"), ("import time; time.sleep(60)", "not-decoded")]
)
def test_a_decoder_that_crashes_or_hangs(
    code: str, kind: str, encoded: Callable[..., Path], described: Callable[..., Dataset],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    dataset = described("L", (50, 40))
    dataset.NumberOfFrames = 3
    path = encoded(dataset, NOISE * 3, "dcmcjpls")

    def instead(command: Command, _timeout: float) -> object:
        job = json.loads(Path(command.argv[-1]).read_text("utf-8"))
        Path(job["progress"]).write_text("3 a decoder", "utf-8")
        return real((Command((sys.executable, "-c", code))), 2)

    real = process.run
    monkeypatch.setattr(decoding, "run", instead)
    ((finding,), who) = decoded(path)
    assert (finding.kind, who) == (kind, ())
    assert finding.message.startswith("frame 3: a decoder ended on it: ")


def test_files_beside_the_picture_are_not_run(
    encoded: Callable[..., Path], described: Callable[..., Dataset], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, folder = encoded(described("L", (50, 40)), NOISE, "dcmcjpls"), tmp_path / "here"
    folder.mkdir()
    for name in ("json", "logging", "pydicom", "PIL", "dicomize"):
        (folder / f"{name}.py").write_text("raise SystemExit('run')")
    monkeypatch.chdir(folder)
    findings, decoders = decoded(path)
    assert (findings, len(decoders)) == ((), 1)


def test_a_check_says_who_decoded(lossy: Callable[..., Path]) -> None:
    asked = Judgement(opinion=SecondOpinion.NO, decode=True)
    assert check_file(lossy(), Tools(), asked).validators[1:] == ("decoding with dicomize",)


def test_a_stream_that_pillow_alone_refuses(instance: Callable[..., Path]) -> None:
    if not features.check("jpg_2000"):
        pytest.skip("OpenJPEG is not installed")
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((50, 40)).save(buffer, "JPEG2000", no_jp2=True)
    stream = bytearray(buffer.getvalue())
    stream[stream.index(b"\xff\x93") + 2 : -2] = bytes(len(stream) - stream.index(b"\xff\x93") - 4)
    for finding in decoded(instance(bytes(stream), "4.90")).findings:
        assert finding.kind == "decode"


@given(st.binary(max_size=400))
def test_packbits_gives_what_was_encoded(data: bytes) -> None:
    segment = bytes(_encode_segment(data, 400)) if data else b""
    assert decoded_length(segment) >= len(data)


@given(st.binary(max_size=200))
def test_no_bytes_break_packbits(data: bytes) -> None:
    assert 0 <= decoded_length(data) <= 128 * len(data)
    header = b"".join(n.to_bytes(4, "little") for n in (1, 64)).ljust(64, b"\0")
    clause = wrong_segment(header + data, 10)
    assert bool(clause) is (decoded_length(data) != 10)
