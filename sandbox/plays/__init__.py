"""What people and platforms do to a lab, to be done to the sandbox: `python -m sandbox play …`."""

import typer

from sandbox.plays import boot_images, by_hand, cluster, limited, operators, parts, rhcos, vms, vsphere, wire

app = typer.Typer(no_args_is_help=True, help=__doc__)
app.command()(by_hand.by_hand)
app.command()(vsphere.add_host)
app.command()(vsphere.host_cpu)
app.command()(vsphere.port_group)
app.command()(limited.limit)
app.command()(rhcos.upgrade)
app.command()(rhcos.boot_images)
app.command()(boot_images.skew_enforcement)
app.command()(cluster.csr_approval)
app.command()(cluster.vcenter_login)
app.command()(cluster.node)
app.command()(cluster.autoscale)
app.command()(operators.operator)
app.command()(wire.ping)
app.command()(vms.vm)
app.command()(vms.vm_stop)
app.command()(parts.freeze)
app.command()(parts.thaw)
app.command()(parts.kill)
app.command()(parts.start)
