"""Other tools' command lines: what a script says to them, it can say to dicomize.

table.py      what an option of another tool can be: a row of data
arguments.py  how each family of tools reads its command line
ours.py       our own options, which it may say too
call.py       what a command line asks for, in our own terms
demands.py    what a command line demands of the picture or the plan
run.py        carry it out
img2dcm.py gdcmimg.py jpg2dcm.py   a tool each: its options as a table, and what they come to
"""
