"""The report page of a run: its sections, figures and template. The package only reads documents; it decides nothing."""
