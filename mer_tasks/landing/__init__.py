"""The landing zone: list it, read its annotation files, copy music into it, and watch it.

Modules here must not decode audio.
"""
