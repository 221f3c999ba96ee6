"""Goes on after a run that died: what Pulumi's state says is compared with what is there."""
