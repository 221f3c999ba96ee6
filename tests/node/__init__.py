"""Frames on a real kernel: what the program renders is applied by nmstate and CNI, and seen on the wire."""
