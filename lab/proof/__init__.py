"""Whether frames get through a lab: what is tried, by which pods, and which layer drops them."""
