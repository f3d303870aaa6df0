"""Toolkits against each other on one picture, and instances against each other.

model.py: the vocabulary of both.
"""
