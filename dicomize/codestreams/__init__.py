"""Codestreams other than JPEG: their headers, without DICOM.

jpeg2000.py    JPEG 2000 and HTJ2K, and the boxes of a JP2 file      jpegls.py    JPEG-LS
bytestream.py  bytes that may lie in several pieces of a file
"""
