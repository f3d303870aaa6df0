"""What writes the pixels: one module a toolkit, each behind the same four questions (base.py).

A backend is asked for PixelData and the Image Pixel attributes only. Everything else in the result is decided in the
plan and written by one writer, so that it cannot depend on the toolkit.
"""
