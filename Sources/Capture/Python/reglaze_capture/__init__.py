"""Captures PyTorch programs as `.pt2` archives for Reglaze.

`python -m reglaze_capture once` answers one request on standard input; `serve` answers many, each in a fork of a
process that has
imported PyTorch already. Requests, events and diagnostics are JSON lines.
"""
