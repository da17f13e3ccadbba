"""Generated music and simulated listeners: a data set for trying the platform. No stage may import it.

Its votes are for the emotions of the default label set only; a label set may have some of them.
"""
