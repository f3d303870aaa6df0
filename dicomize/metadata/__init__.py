"""Where attributes come from, and whether they may be what they are.

keys.py      the four spellings of a key -> a path of tags and items
values.py    text -> values of a VR, checked
iod.py       what each SOP class wants: defaults, with their paragraphs
taken.py     when the picture was taken, and with what: from Exif
site.py      site profiles, from TOML
uids.py      UIDs: derived, random, under a root
imported.py  files that attributes come from, by the options that name them
templates.py what another data set may give: --dataset-from, --study-from, --series-from
dicomfile.py xmlfile.py tables.py jsonmodel.py yamlfile.py   the forms of these files
reading.py   any of them, as bytes
elements.py  a data set that was read, as keys and texts
dataset.py   the attributes of one instance, merged by precedence
"""
