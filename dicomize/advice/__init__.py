"""What a site should know about its profile, before it relies on it.

scoring.py       the criteria by which backends are weighed
recommending.py  every backend over a site's samples
reasons.py       a recommendation in words, and as a profile
checking.py      whether a profile can do what it says, on this machine
"""
