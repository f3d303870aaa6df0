"""The JPEG codestream (ITU-T T.81): its markers, its colours, its scans; nothing here knows DICOM.

Each module knows those above it only; a conversion that turns nothing loads those down to scan.py. Records are named
tuples here, for they take a sixth of the time that a dataclass takes to be made, and every conversion makes them.

markers.py          bytes -> JpegFile: every segment, the frame, the scans
color.py            JpegFile -> what the samples mean
tables.py           which tables a scan uses
clean.py            JpegFile -> the stream with nothing but the picture
orientation.py      which orientations can be undone exactly, and where places come to lie
huffman.py          Huffman tables, read and unfolded for decoding
layout.py           what each scan has to hold, by headers and tables
entropy.py          restart intervals, bits, and the walk through them
scan.py             is the entropy-coded data whole?
coefficients.py     the quantized DCT coefficients, read
encoding_tables.py  Huffman tables to encode with
encoding.py         the quantized DCT coefficients, written
cutting.py          parts of coefficients, taken out or blackened
turn.py             flips and quarter turns of coefficients, bit for bit as jpegtran does them
"""
