"""Whether OpenShift's boot-image management may replace our template, and how our MachineSet is taken out of it.

What counts is ``spec.managedBootImages.machineManagers`` of MachineConfiguration/cluster (openshift/api,
operator/v1/types_machineconfiguration.go), as the Machine Config Operator reads it (syncManagedBootImagesStatus in
pkg/operator/sync.go, getMachineResourceSelectorFromMachineManagers in pkg/controller/bootimage/helpers.go):

* an empty list is the old way to opt the whole cluster out;
* no list, or a list without an entry for MachineSets, leaves them to the release's default;
* an entry's mode is All, None or Partial, with a label selector.

The object is the whole cluster's. Ours is one expression for each stack: all but the MachineSets with this stack's
label. What stood there before the first of them is kept in an annotation until the last one goes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lab import names, releases

if TYPE_CHECKING:
    from collections.abc import Mapping

Object = dict[str, Any]

# Ours, on MachineConfiguration/cluster: the entry for MachineSets as it was, in JSON; null where there was none.
BEFORE = "cnv-lab/boot-images-before"
NOT_ENROLLED = "not enrolled"

_RESOURCE = {"resource": "machinesets", "apiGroup": "machine.openshift.io"}
_EVERYBODY: Object = {}


def enrolment(live: Object, release: str, labels: Mapping[str, str]) -> str:
    """``NOT_ENROLLED``, or how a MachineSet with these labels is enrolled, as something to be mended.

    Args:
        live: MachineConfiguration/cluster; an empty one where there is none yet, or none is served.
        release: OpenShift's.
        labels: the MachineSet's own.
    """
    selector = _selector(live, release)
    if selector is None or not _matches(selector, labels):
        return NOT_ENROLLED
    entry = _entry(live)
    cause = f"the default of OpenShift {release}" if entry is None else f"mode {entry['selection']['mode']}"
    return f"to be taken out: {cause} enrols it"


def opted_out(live: Object, release: str, stack: str, labels: Mapping[str, str]) -> Object | None:
    """The merge patch that takes the MachineSet with these labels out; None when there is nothing to do."""
    if enrolment(live, release, labels) == NOT_ENROLLED:
        return None
    entry, selector = _entry(live), _selector(live, release) or _EVERYBODY
    expressions = [*(selector.get("matchExpressions") or []), _expression(stack)]
    wanted = _partial(entry or _RESOURCE, {**selector, "matchExpressions": expressions})
    patch = _patch(live, wanted)
    if not any(_is_a_stacks(item) for item in expressions[:-1]):
        patch["metadata"] = {"annotations": {BEFORE: json.dumps(entry)}}
    return patch


def opted_in(live: Object, stack: str) -> Object | None:
    """The merge patch that takes the stack's expression away again; None when there is none.

    With the last stack's goes the annotation, and what it says comes back, unless somebody has changed the entry's
    meaning since: then that stays. An empty list is never left behind, and no selector that selects all without
    having been somebody's.
    """
    annotated = BEFORE in (live.get("metadata", {}).get("annotations") or {})
    forget: Object = {"metadata": {"annotations": {BEFORE: None}}} if annotated else {}
    entry = _entry(live) or {}
    selector = _selector_of(entry) or _EVERYBODY
    expressions = selector.get("matchExpressions") or []
    left = [item for item in expressions if item != _expression(stack)]
    if any(_is_a_stacks(item) for item in left):
        return None if left == expressions else _patch(live, _partial(entry, {**selector, "matchExpressions": left}))
    if left == expressions:
        return forget or None
    bare = {key: value for key, value in selector.items() if key != "matchExpressions"}
    if left:
        bare["matchExpressions"] = left
    return {**_patch(live, _restored(live, entry, bare)), **forget}


def obstacle(live: Object) -> str | None:
    """Why the API server would refuse any opting out, with what to do; None when it would not.

    The CRD's own rule, from 4.22 on: while the status says Automatic, an entry for MachineSets must have mode All. The
    operator leaves Automatic only for ``spec.bootImageSkewEnforcement`` (syncBootImageSkewEnforcementStatus).
    """
    status = _at(live, "status", "bootImageSkewEnforcementStatus")
    if status.get("mode") != "Automatic":
        return None
    chosen = _at(live, "spec", "bootImageSkewEnforcement").get("mode")
    if chosen is not None:
        return (
            f"spec.bootImageSkewEnforcement there says {chosen}, and the Machine Config Operator has not taken it up "
            "yet. Run again in a minute; if it stays so, see oc get clusteroperator machine-config"
        )
    known = status.get("automatic") or {}
    key, mode = ("ocpVersion", "OCPVersion") if "ocpVersion" in known else ("rhcosVersion", "RHCOSVersion")
    manual = {"mode": mode, key: known.get(key, "")}
    patch = json.dumps({"spec": {"bootImageSkewEnforcement": {"mode": "Manual", "manual": manual}}})
    return (
        "the cluster enforces boot-image skew in mode Automatic, and OpenShift lets no MachineSet out of boot-image "
        "management meanwhile. The cluster's owner has to choose first: Manual (who updates boot images writes down "
        "their version; a too old one stops upgrades), by oc patch machineconfiguration cluster --type merge "
        f"-p '{patch}'; or mode None (nobody watches their age). Or write template.bootImages: leave. "
        "docs/boot-images.md weighs them up"
    )


def price(live: Object) -> str:
    """What having opted out means for upgrades from 4.22 on, by what the cluster's owner has written."""
    written = _at(live, "spec", "bootImageSkewEnforcement")
    match written.get("mode"):
        case "Manual":
            manual = written.get("manual") or {}
            version = manual.get("ocpVersion") or manual.get("rhcosVersion")
            return (
                f"upgrades are judged by the boot images' version that is written down ({version}), whatever machines "
                "really boot: raise spec.bootImageSkewEnforcement.manual there after each update of boot images, or a "
                "later upgrade is refused"
            )
        case "None":
            return (
                "nobody watches the age of boot images (spec.bootImageSkewEnforcement is None): no upgrade is refused "
                "for it, and none warns that new machines may fail to join"
            )
        case _:
            return (
                "skew enforcement becomes Manual for the whole cluster, with the version that it was installed with: a "
                "later upgrade may be refused for it. Write the oldest boot image's version into "
                "spec.bootImageSkewEnforcement.manual there, or mode None"
            )


def _expression(stack: str) -> Object:
    return {"key": names.STACK_LABEL, "operator": "NotIn", "values": [stack]}


def _is_a_stacks(expression: Object) -> bool:
    return expression in [_expression(value) for value in expression.get("values") or []]


def _entry(live: Object) -> Object | None:
    managers: list[Object] = _at(live, "spec", "managedBootImages").get("machineManagers") or []
    return next((item for item in managers if _RESOURCE.items() <= item.items()), None)


def _selector(live: Object, release: str) -> Object | None:
    """The label selector of the enrolled MachineSets; None when none is."""
    if not releases.manages_boot_images(release):
        return None
    entry = _entry(live)
    if entry is not None:
        return _selector_of(entry)
    is_emptied = _at(live, "spec", "managedBootImages").get("machineManagers") == []
    is_default = releases.manages_boot_images_by_default(release) and not is_emptied
    return _EVERYBODY if is_default else None


def _selector_of(entry: Object) -> Object | None:
    selection = entry.get("selection") or {}
    match selection.get("mode"):
        case "All":
            return _EVERYBODY
        case "Partial":
            selector: Object | None = (selection.get("partial") or {}).get("machineResourceSelector")
            return selector
        case _:
            return None


def _partial(entry: Object, selector: Object) -> Object:
    return {**entry, "selection": {"mode": "Partial", "partial": {"machineResourceSelector": selector}}}


def _restored(live: Object, entry: Object, bare: Object) -> Object | None:
    """The entry without any expression of ours; None for no entry."""
    everybody: Object = {**entry, "selection": {"mode": "All"}}
    text = _at(live, "metadata", "annotations").get(BEFORE)
    before: Object | None = everybody if text is None else json.loads(text)
    if _meaning(_EVERYBODY if before is None else _selector_of(before)) == _meaning(bare):
        return before
    return everybody if _meaning(bare) == _meaning(_EVERYBODY) else _partial(entry, bare)


def _meaning(selector: Object | None) -> Any:
    return None if selector is None else (selector.get("matchLabels") or {}, selector.get("matchExpressions") or [])


def _patch(live: Object, entry: Object | None) -> Object:
    """The merge patch that puts this entry in the place of the one that is there; None takes that one away."""
    managed = _at(live, "spec", "managedBootImages")
    managers, old = list(managed.get("machineManagers") or []), _entry(live)
    place = managers.index(old) if old is not None else len(managers)
    managers[place : place + 1] = [] if entry is None else [entry]
    if managers:
        return {"spec": {"managedBootImages": {"machineManagers": managers}}}
    # An empty list would opt the whole cluster out.
    return {"spec": {"managedBootImages": {"machineManagers": None} if len(managed) > 1 else None}}


def _matches(selector: Object, labels: Mapping[str, str]) -> bool:
    """As apimachinery's LabelSelectorAsSelector: a NotIn matches what has no such label, too."""
    wanted = (selector.get("matchLabels") or {}).items()
    return wanted <= labels.items() and all(_holds(item, labels) for item in selector.get("matchExpressions") or [])


def _holds(expression: Object, labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or []
    match expression["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return False  # the controller takes no such selector, and updates nobody


def _at(item: Object, *way: str) -> Object:
    for step in way:
        item = item.get(step) or {}
    return item
