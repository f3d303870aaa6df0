"""A frame of a DICOM file as a picture for people, by whom you like.

display.py    what the data set says on how a frame is to be shown
windowing.py  the grey pipeline of PS3.3 C.11: Modality LUT, VOI LUT, polarity
color.py      RGB, YCbCr and PALETTE COLOR into RGB
picture.py    the result: 8-bit grey or RGB, its SHA-256, PNG
base.py       what a renderer is
dcmtk.py gdcm.py pydicom.py  the renderers
apart.py      pydicom's decoders, in a process of their own; decoding.py is that program
choosing.py   which one, and why; several against each other
thumbnail.py  a picture on a terminal
"""
