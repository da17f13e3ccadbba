"""The report of a run: its sections, figures and template. Reads documents and decides nothing."""
