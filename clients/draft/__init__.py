"""What a new stack file need not ask: read from the cluster and from vCenter, as far as they can be reached."""
