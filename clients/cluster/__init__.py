"""What the program reads from and does to the OpenShift cluster, over the kept Kubernetes client; no Pulumi here."""
