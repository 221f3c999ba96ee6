"""What the program reads from and does to vCenter, over pyVmomi; no Pulumi here."""
