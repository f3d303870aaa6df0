"""What a file holds, as text in the form of DCMTK's dcmdump or as DICOM JSON Model, however damaged it is.

opened.py     a walk over a file, and its values where they are asked for
selecting.py  which elements
values.py     a value as text
names.py      what DCMTK calls things
text.py       the form of dcmdump
json_model.py PS3.18 annex F
"""
