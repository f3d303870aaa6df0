"""What a site should know about its profile, before it relies on it.

checking.py      whether a profile can do what it says, on this machine
"""
