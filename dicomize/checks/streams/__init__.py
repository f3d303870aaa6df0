"""The stored picture against the header that describes it: what dciodvfy does not see.

stored.py       all of it, frame by frame
syntaxes.py     what each transfer syntax allows, and who reads it
frames.py       which bytes are which frame
findings.py     how findings are written, and put together over frames
agreement.py    what all codestreams have in common: size, samples, bits, labels, lossy compression
jpeg.py jpegls.py jpeg2000.py rle.py mpeg.py    one kind of codestream each, loaded where it is met;
                their headers are read by dicomize.codestreams
decoding.py worker.py packbits.py    every frame decoded, where that is asked for
video.py containers.py    what a video says of itself, and where in a file it is

Only headers are read, of every frame; of JPEG and JPEG-LS, whose headers do not say where they end, one frame at a time.
"""

from __future__ import annotations

from dicomize.checks.streams.stored import check_stream

__all__ = ["check_stream"]
