"""Text in the pixels of a picture: where it is and what it says, by an OCR engine that works without a network.

finding.py  the engine that is there, and what it finds
views.py    deep pictures as they are looked at
rapid.py    RapidOCR (the extra `text`), in a process of its own; rapidocr_program.py is that program
tesseract.py what tesseract prints, and which of it is text

That nothing is found proves nothing: an engine misses what is small, pale, turned or handwritten.
"""
