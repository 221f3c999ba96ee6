"""What runs within a guest, on the machine's own Python and its standard library alone."""
