"""What the VLANs go through, from the physical switch to the namespaces: a small graph, for any kind of picture."""

from lab.parts import Kind, Part, State
from lab.topology.bundles import DRAWABLE, bundled
from lab.topology.model import Topology, Way
from lab.topology.wanted import bridges, topology

__all__ = ["DRAWABLE", "Kind", "Part", "State", "Topology", "Way", "bridges", "bundled", "topology"]
