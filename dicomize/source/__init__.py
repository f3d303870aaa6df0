"""What an image file is: facts, read without changing a pixel.

opening.py  path -> SourceImage and its bytes
formats.py  how each format begins, and which module reads it
described.py  what opening gives        raster.py  decoded pixels, and what is done to them
jpeg.py  png.py  tiff.py  bmp.py  gif.py  webp.py  pnm.py  heif.py  jpeg2000.py  jpegls.py   a family of formats each
pillow.py  libtiff.py   the decoders, with their ways to fail made one
exif.py     Exif -> ExifFacts
icc.py      an ICC profile -> its description
"""
