"""Names of the nine emotions of the Geneva Emotional Music Scale (GEMS), as the Emotify game asked for them.

Source: Zentner, Grandjean, Scherer (2008), doi 10.1037/1528-3542.8.4.494; Aljanaki, Wiering, Veltkamp (2016),
doi 10.1016/j.ipm.2015.03.004. The order is the same in every array, table and file of the platform.
"""

EMOTIONS: tuple[str, ...] = (
    "amazement",
    "solemnity",
    "tenderness",
    "nostalgia",
    "calmness",
    "power",
    "joyful_activation",
    "tension",
    "sadness",
)
