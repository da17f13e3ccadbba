"""Output of commands on a terminal: tables, progress bars and interrupts. The package computes no results."""
