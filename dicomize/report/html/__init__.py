"""Comparisons as one HTML page that needs nothing else: no network, no other file.

markup.py    elements out of values; whatever is not markup already is escaped
page.py      the frame of a page: head, content security policy, style, script
pictures.py  pictures embedded once each, and two of them against each other
tables.py    tables that can be filtered
toolkits.py  one picture through every toolkit
pair.py      two DICOM files
page.css page.js
"""
