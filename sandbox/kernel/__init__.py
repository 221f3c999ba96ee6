"""Nodes with a real kernel: user-mode-linux guests, their NICs cabled to a software switch in this process.

A guest runs this machine's own files, read-only under an overlay in its memory: no KVM, no image, nothing of the host's
own network. What is real: Linux' bridges, VLANs and Open vSwitch, NetworkManager, nmstate, the CNI plugins. What is a
model, and stands in sandbox/kernel/port_groups.py: vSphere's switch.
"""
