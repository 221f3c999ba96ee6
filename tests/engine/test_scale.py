"""What does not grow with a lab or a vCenter: counts, never times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import lookups
from bench.labs import Size, stack_file

if TYPE_CHECKING:
    from tests.engine.lab import Lab

# Calls to vCenter, without the login: most of them find what the template is made from, where, and whether it is there.
MOST = 12
# One more, for all privileges on all objects at once.
PRIVILEGES = "HasPrivilegeOnEntities"
TEMPLATE_LOOKUPS = {"FindByInventoryPath", "RetrievePropertiesEx VirtualMachine"}
FEW, MANY = 10, 500


def test_preflight_asks_vcenter_no_more_among_many_vms_than_among_few(lab: Lab) -> None:
    lookups.crowd(lab.instance, 1, FEW)
    among_few = lookups.asked(lab.instance, stack_file(Size(vlans=4)))
    lookups.crowd(lab.instance, FEW + 1, MANY)
    assert lookups.asked(lab.instance, stack_file(Size(vlans=1000))) == among_few
    assert set(among_few) >= TEMPLATE_LOOKUPS, "something was not counted"
    assert among_few.count(PRIVILEGES) == 1
    assert len(among_few) <= MOST + 1, among_few
