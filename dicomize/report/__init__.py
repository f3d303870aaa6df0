"""Results for people: rich tables that fit 80 columns; colours on a terminal only.

conversion.py  what convert did        planned.py    a plan
inspection.py  what a source is        checked.py    findings
installed.py   backends and programs   text.py       what they share
"""
