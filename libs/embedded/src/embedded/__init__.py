"""Starts and supervises the whole suite on one machine without containers.

`embedded.suite.Suite` is what others use: `up`, `down`, `status`, `logs`. What it does and what it leaves on disk is
told in the README of this member.
"""
