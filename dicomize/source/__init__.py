"""What an image file is: facts, read without changing a pixel.

opening.py  path -> SourceImage and its bytes
exif.py     Exif segment -> ExifFacts
icc.py      ICC segments -> the profile's description
"""
