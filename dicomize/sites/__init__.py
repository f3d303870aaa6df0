"""Site profiles: what one site wants of every conversion, in TOML (docs/sites.md).

searching.py     a bare name -> a file
loading.py       a file and those that it is based on -> a SiteProfile, and which file said what
entries.py       the entries that a profile may have: one table
described.py     the entries of [backend.NAME]
placeholders.py  the command line of a site's own program
requirements.py  the versions that the site approved
"""
