package main

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/vpx"
	"github.com/vmware/govmomi/vim25/types"
)

// What calls require, as the API's reference has it ("Required privileges" of a method, of its parameters, and of the
// fields of a VM's configuration), for the calls that labs and their operators make.

// demand is a privilege that a call requires on an object.
type demand struct {
	on        types.ManagedObjectReference
	privilege string
}

// reads are the beginnings of the names of methods that change nothing but the session's own views and filters.
var reads = []string{
	"Retrieve", "ContinueRetrieve", "Fetch", "Find", "Query", "WaitForUpdates", "CheckForUpdates", "CancelWaitForUpdates",
	"CreateFilter", "CreatePropertyCollector", "DestroyPropertyFilter", "DestroyPropertyCollector",
	"CreateContainerView", "CreateListView", "ModifyListView", "DestroyView",
	"CreateCollectorFor", "ReadNext", "ReadPrevious", "ResetCollector", "RewindCollector", "SetCollectorPageSize", "DestroyCollector",
	"Login", "Logout", "CurrentTime",
}

// simple are the methods that require one privilege, on the object that they are called on.
var simple = map[string]string{
	"AddPortGroup":                    "Host.Config.Network",
	"UpdatePortGroup":                 "Host.Config.Network",
	"RemovePortGroup":                 "Host.Config.Network",
	"MarkAsTemplate":                  "VirtualMachine.Provisioning.MarkAsTemplate",
	"MarkAsVirtualMachine":            "VirtualMachine.Provisioning.MarkAsVM",
	"PowerOnVM_Task":                  "VirtualMachine.Interact.PowerOn",
	"PowerOffVM_Task":                 "VirtualMachine.Interact.PowerOff",
	"CreateFolder":                    "Folder.Create",
	"CreateDVPortgroup_Task":          "DVPortgroup.Create",
	"AddDVPortgroup_Task":             "DVPortgroup.Create",
	"ReconfigureComputeResource_Task": "Host.Inventory.EditCluster",
	"SessionIsActive":                 "Sessions.ValidateSession",
}

// destroying and renaming are by the object's type.
var (
	destroying = map[string]string{
		"VirtualMachine":              "VirtualMachine.Inventory.Delete",
		"DistributedVirtualPortgroup": "DVPortgroup.Delete",
		"Folder":                      "Folder.Delete",
	}
	renaming = map[string]string{
		"VirtualMachine":              "VirtualMachine.Config.Rename",
		"DistributedVirtualPortgroup": "DVPortgroup.Modify",
		"Folder":                      "Folder.Rename",
	}
)

// demands are what a call requires; a method that is not known here is left to administrators, who may set permissions.
func demands(ctx *simulator.Context, method *simulator.Method) []demand {
	this := method.This
	if privilege, ok := simple[method.Name]; ok {
		found := []demand{{entity(ctx, this).Reference(), privilege}}
		if req, ok := method.Body.(*types.MarkAsVirtualMachine); ok {
			found = append(found, demand{req.Pool, "Resource.AssignVMToPool"})
		}
		return found
	}
	switch req := method.Body.(type) {
	case *types.CloneVM_Task:
		return cloning(ctx, req)
	case *types.ReconfigVM_Task:
		return reconfiguring(ctx, this, req.Spec)
	case *types.ReconfigureDVPortgroup_Task:
		return reconfiguringPortGroup(this, req.Spec)
	case *types.Destroy_Task:
		if privilege, ok := destroying[this.Type]; ok {
			found := []demand{{this, privilege}}
			if above := parent(ctx, entity(ctx, this)); above != nil {
				found = append(found, demand{above.Reference(), privilege})
			}
			return found
		}
	case *types.Rename_Task:
		if privilege, ok := renaming[this.Type]; ok {
			return []demand{{this, privilege}}
		}
	case *types.HasPrivilegeOnEntities:
		return onEach(req.Entity, "System.Read")
	case *types.HasPrivilegeOnEntity:
		return []demand{{req.Entity, "System.Read"}}
	case *types.PowerOnMultiVM_Task:
		return onEach(req.Vm, "VirtualMachine.Interact.PowerOn")
	}
	if slices.ContainsFunc(reads, func(begin string) bool { return strings.HasPrefix(method.Name, begin) }) {
		return nil
	}
	return []demand{{vpx.ServiceContent.RootFolder, "Authorization.ModifyPermissions"}}
}

func onEach(objects []types.ManagedObjectReference, privilege string) (found []demand) {
	for _, object := range objects {
		found = append(found, demand{object, privilege})
	}
	return found
}

// cloning: the source's privilege is by what source and clone are; the clone's configuration is judged where it will be.
func cloning(ctx *simulator.Context, req *types.CloneVM_Task) []demand {
	source, ok := ctx.Map.Get(req.This).(*simulator.VirtualMachine)
	if !ok {
		return nil
	}
	kinds := map[[2]bool]string{
		{false, false}: "VirtualMachine.Provisioning.Clone",
		{false, true}:  "VirtualMachine.Provisioning.CreateTemplateFromVM",
		{true, false}:  "VirtualMachine.Provisioning.DeployTemplate",
		{true, true}:   "VirtualMachine.Provisioning.CloneTemplate",
	}
	found := []demand{
		{req.This, kinds[[2]bool{source.Config.Template, req.Spec.Template}]},
		{req.Folder, "VirtualMachine.Inventory.CreateFromExisting"},
		{req.Folder, "VirtualMachine.Config.AddNewDisk"},
	}
	location := req.Spec.Location
	if location.Datastore != nil {
		found = append(found, demand{*location.Datastore, "Datastore.AllocateSpace"})
	} else {
		found = append(found, onEach(source.Datastore, "Datastore.AllocateSpace")...)
	}
	if location.Pool != nil && !req.Spec.Template {
		found = append(found, demand{*location.Pool, "Resource.AssignVMToPool"})
	}
	config := types.VirtualMachineConfigSpec{}
	if req.Spec.Config != nil {
		config = *req.Spec.Config
	}
	config.DeviceChange = append(slices.Clone(location.DeviceChange), config.DeviceChange...)
	found = append(found, onEach(source.Network, "Network.Assign")...)
	for _, one := range reconfiguring(ctx, req.This, config) {
		if one.on == req.This {
			one.on = req.Folder
		}
		found = append(found, one)
	}
	return found
}

// reconfiguring is by the fields that are set.
func reconfiguring(ctx *simulator.Context, vm types.ManagedObjectReference, spec types.VirtualMachineConfigSpec) (found []demand) {
	for privilege, isAsked := range map[string]bool{
		"VirtualMachine.Config.Rename":         spec.Name != "",
		"VirtualMachine.Config.Annotation":     spec.Annotation != "",
		"VirtualMachine.Config.CPUCount":       spec.NumCPUs != 0 || spec.NumCoresPerSocket != nil,
		"VirtualMachine.Config.Memory":         spec.MemoryMB != 0,
		"VirtualMachine.Config.AdvancedConfig": len(spec.ExtraConfig) > 0,
		"VirtualMachine.Config.Settings": spec.NestedHVEnabled != nil || spec.VPMCEnabled != nil || spec.Flags != nil ||
			spec.GuestId != "" || spec.Uuid != "" || spec.InstanceUuid != "" || spec.Tools != nil,
	} {
		if isAsked {
			found = append(found, demand{vm, privilege})
		}
	}
	for _, change := range spec.DeviceChange {
		found = append(found, changing(ctx, vm, change.GetVirtualDeviceConfigSpec())...)
	}
	// One order for one call: the first is told.
	slices.SortStableFunc(found, func(a, b demand) int { return strings.Compare(a.privilege, b.privilege) })
	return found
}

func changing(ctx *simulator.Context, vm types.ManagedObjectReference, change *types.VirtualDeviceConfigSpec) []demand {
	const adds, removes = types.VirtualDeviceConfigSpecOperationAdd, types.VirtualDeviceConfigSpecOperationRemove
	_, isDisk := change.Device.(*types.VirtualDisk)
	switch {
	case isDisk && change.Operation == removes:
		return []demand{{vm, "VirtualMachine.Config.RemoveDisk"}}
	case isDisk && change.Operation == adds && change.FileOperation == types.VirtualDeviceConfigSpecFileOperationCreate:
		return []demand{{vm, "VirtualMachine.Config.AddNewDisk"}}
	case isDisk && change.Operation == adds:
		return []demand{{vm, "VirtualMachine.Config.AddExistingDisk"}}
	case change.Operation != adds && change.Operation != removes:
		return []demand{{vm, "VirtualMachine.Config.EditDevice"}}
	}
	found := []demand{{vm, "VirtualMachine.Config.AddRemoveDevice"}}
	if network := networkOf(ctx, vm, change); network != nil {
		found = append(found, demand{*network, "Network.Assign"})
	}
	return found
}

// networkOf is the network that a card is put on, where it is there.
func networkOf(ctx *simulator.Context, vm types.ManagedObjectReference, change *types.VirtualDeviceConfigSpec) *types.ManagedObjectReference {
	if _, isCard := change.Device.(types.BaseVirtualEthernetCard); !isCard || change.Operation != types.VirtualDeviceConfigSpecOperationAdd {
		return nil
	}
	switch backing := change.Device.GetVirtualDevice().Backing.(type) {
	case *types.VirtualEthernetCardNetworkBackingInfo:
		if datacenter, ok := ancestor[*simulator.Datacenter](ctx, entity(ctx, vm)); ok {
			if found := ctx.Map.FindByName(backing.DeviceName, datacenter.Network); found != nil {
				ref := found.Reference()
				return &ref
			}
		}
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		return &types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: backing.Port.PortgroupKey}
	}
	return nil
}

// reconfiguringPortGroup: VLANs and the rest are the configuration; what is let through is policy.
func reconfiguringPortGroup(group types.ManagedObjectReference, spec types.DVPortgroupConfigSpec) (found []demand) {
	ports, isVMware := spec.DefaultPortConfig.(*types.VMwareDVSPortSetting)
	isPolicy := spec.Policy != nil || isVMware && (ports.SecurityPolicy != nil || ports.MacManagementPolicy != nil)
	if isPolicy {
		found = append(found, demand{group, "DVPortgroup.PolicyOp"})
	}
	if len(spec.Scope) > 0 {
		found = append(found, demand{group, "DVPortgroup.ScopeOp"})
	}
	spec.Policy, spec.Scope = nil, nil
	if spec.Name != "" || spec.DefaultPortConfig != nil || spec.Description != "" || spec.NumPorts != 0 || spec.AutoExpand != nil {
		found = append(found, demand{group, "DVPortgroup.Modify"})
	}
	return found
}
