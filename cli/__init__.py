"""The terminal: ``python -m lab …``."""
