"""Stages of a run: each module has one stage, its entry function and the code that only this stage needs.

A stage must not import another stage. Code that two stages need lies in a package of a lower layer.
"""
