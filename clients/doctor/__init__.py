"""Looks at all that a lab stands on, one check after another, and changes nothing."""
