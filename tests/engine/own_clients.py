"""The program's own clients on the sandbox's servers, call by call: pauses are counted instead of slept."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from clients.cluster import session as cluster_session
from clients.credentials import ClusterAccess, VCenterAccess
from clients.errors import LabError
from clients.vcenter import inventory, session, template_swap
from clients.vcenter.template import TemplateSpec
from lab.marker import Marker
from lab.template import NEW, Features
from sandbox.instance import VCENTER_USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.instance import Instance
    from tests.engine.vcenter import VCenter

NAME = "faulty-cnv"
# What stands under that name.
NOTHING, PLAIN, CHANGED, EXCHANGED = "nothing", "the template", "the changed template", "the newer template"
SPEC = TemplateSpec(
    name=NAME,
    source="hub-7vxwj-rhcos",
    identity="",  # read from vCenter
    datacenter="Garden",
    folder="/Garden/vm/hub-7vxwj",
    datastore="VMData-HD",
    resource_pool="/Garden/host/Goat/Resources",
    features=Features(nested_virtualization=True, performance_counters=False, iommu=False, trunk_nic=""),
)


@dataclass
class Program:
    """What the program does to a template, and to the cluster by way of the fault proxy."""

    access: VCenterAccess
    kubeconfig: str
    pauses: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    identity: str = ""
    spec: TemplateSpec = SPEC

    @classmethod
    def of(cls, instance: Instance) -> Program:
        """In this sandbox."""
        record = instance.load()
        access = VCenterAccess(
            host="127.0.0.1", port=record.ports["vcenter"], user=VCENTER_USER, password=record.password
        )
        program = cls(access, str(instance.faulty_kubeconfig))
        with program.vcenter() as vcenter:
            source = inventory.describe(vcenter, inventory.find_vm(vcenter, SPEC.source, SPEC.folder))
        assert source is not None
        program.spec = replace(SPEC, identity=source.identity)
        return program

    @contextmanager
    def vcenter(self) -> Iterator[session.VCenter]:
        """A session."""
        with session.connect(self.access, self.told.append, self.pauses.append) as vcenter:
            yield vcenter

    @contextmanager
    def cluster(self) -> Iterator[cluster_session.Cluster]:
        """A session."""
        access = ClusterAccess(path=self.kubeconfig)
        with cluster_session.connect(access, self.told.append, self.pauses.append) as cluster:
            yield cluster

    def bring(self, wanted: str) -> None:
        """As an `up` or a `destroy` does it."""
        with self.vcenter() as vcenter:
            self.bring_by(vcenter, wanted)

    def bring_by(self, vcenter: session.VCenter, wanted: str) -> None:
        """The same in a session that is there."""
        features = replace(SPEC.features, performance_counters=wanted == CHANGED, iommu=wanted == EXCHANGED)
        spec = replace(self.spec, features=features)
        marker = Marker(id=str(uuid.uuid4()), stack="cnv-lab.faults", name="template", source="")
        if wanted == NOTHING:
            template_swap.delete(vcenter, SPEC.path, self.identity)
        else:
            # With another id, what stands is not the one that is wanted: it is exchanged.
            is_newer = wanted == EXCHANGED
            marker = replace(marker, id=EXCHANGED) if is_newer else template_swap.taken_back(vcenter, SPEC.path, marker)
            template_swap.ensure(vcenter, spec, marker)
            self.identity = marker.id

    def meets(self, step: Callable[[], Any]) -> tuple[str, str]:
        """What it did and told while it did this; whatever is no LabError fails the test."""
        self.pauses.clear()
        self.told.clear()
        times = {1: "once", 2: "twice"}
        try:
            step()
        except LabError as error:
            count = len(self.pauses)
            again = f"tried again ({times.get(count, f'{count} times')}), then stopped"
            return again if count else "stopped at once", str(error)
        count = len(self.pauses)
        return f"tried again ({times.get(count, f'{count} times')}), went on" if count else "went on", "; ".join(
            self.told
        )


def there(vcenter: VCenter) -> str:
    """What stands under the template's name, by vCenter's own account."""
    vm = vcenter.vm(NAME)
    if vm is None:
        return NOTHING
    what = CHANGED if vm.config.vPMCEnabled else EXCHANGED if vm.config.flags.vvtdEnabled else PLAIN
    if vcenter.vm(f"{NAME}{NEW}") is not None:
        return f"{what}, its successor beside it"
    return what if vm.config.template else f"{what}, as a VM"
