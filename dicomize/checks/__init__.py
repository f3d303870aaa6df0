"""Is a file what it says it is?

stream.py    the stored stream against the header: what dciodvfy does not see
run.py       all checks of one file, the real dciodvfy among them where it is installed
"""
