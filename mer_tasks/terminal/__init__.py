"""What a person sees on a terminal: tables, progress bars, interrupts. Computes nothing."""
