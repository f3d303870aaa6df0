"""Toolkits against each other on one picture, and instances against each other.

model.py       the vocabulary of both

toolkits.py    one picture through every backend: bare, normalized, and the proof
bare.py        a toolkit on its own; measuring.py, launcher.py: its time and memory
examining.py   everything about one file that was written
leaks.py       what its stream carries besides the picture
decoders.py    what each decoder makes of it; pictures.py
faults.py      all of that in plain words
attributes.py  what each toolkit wrote, what is kept, and why

instances.py   two instances: attributes; values.py, ignoring.py
pixels.py      their pictures, frame by frame; forms.py, frames.py, plugins.py
colors.py      CIEDE2000
metrics.py     error, PSNR, SSIM; both need numpy
"""
