"""Is a file what it says it is?

elements.py      the raw elements of a file, damage and all; encoded.py: their types
reading.py       what can be read of them, and how dciodvfy reads on
values.py vr.py  values against VR and VM; extensions.py: text with escape sequences; sound.py: what is right at a glance; dictionary.py: PS3.6
files.py         the file as a whole: meta, UIDs; pixels.py, encapsulation.py, orientation.py, codes.py
iods/            what the IOD wants: tables and a small engine
native.py        all of these on one file; instance.py: the same reading for the stream
streams/         the stored picture against the header: what dciodvfy does not see
entities.py      files against each other, as dcentvfy does; entity_modules.py, entity_values.py: what is compared
run.py           all checks of one file, the real dciodvfy as a second opinion
profiles.py      strict or as dciodvfy; kinds.py: what each kind of finding means; paths.py: how places are written
"""
