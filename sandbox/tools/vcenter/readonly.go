package main

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// Gap: privileges.
//
// The simulator stores permissions and never asks for them: whoever may log in may do anything.
// A vCenter answers NoPermission, and names the object and the privilege.
// The lab tells its user which privilege is missing, so it must meet such an answer: -read-only names a user who has
// none but System.View and System.Read.

// reads are the beginnings of the names of methods that change nothing but the session's own views and filters.
var reads = []string{
	"Retrieve", "ContinueRetrieve", "Fetch", "Find", "Query", "WaitForUpdates", "CheckForUpdates", "CancelWaitForUpdates",
	"CreateFilter", "CreatePropertyCollector", "DestroyPropertyFilter", "DestroyPropertyCollector",
	"CreateContainerView", "CreateListView", "ModifyListView", "DestroyView",
	"CreateCollectorFor", "ReadNext", "ReadPrevious", "ResetCollector", "RewindCollector", "SetCollectorPageSize", "DestroyCollector",
	"Login", "Logout", "SessionIsActive", "CurrentTime", "HasPrivilege",
}

// privileges are those that the API's reference requires for what the lab does; of other methods the name is told.
var privileges = map[string]string{
	"AddPortGroup":                "Host.Config.Network",
	"UpdatePortGroup":             "Host.Config.Network",
	"RemovePortGroup":             "Host.Config.Network",
	"CloneVM_Task":                "VirtualMachine.Provisioning.CloneTemplate",
	"MarkAsTemplate":              "VirtualMachine.Provisioning.MarkAsTemplate",
	"MarkAsVirtualMachine":        "VirtualMachine.Provisioning.MarkAsVM",
	"ReconfigVM_Task":             "VirtualMachine.Config.Settings",
	"Destroy_Task":                "VirtualMachine.Inventory.Delete",
	"PowerOnVM_Task":              "VirtualMachine.Interact.PowerOn",
	"PowerOffVM_Task":             "VirtualMachine.Interact.PowerOff",
	"CreateDVPortgroup_Task":      "DVPortgroup.Create",
	"AddDVPortgroup_Task":         "DVPortgroup.Create",
	"ReconfigureDVPortgroup_Task": "DVPortgroup.Modify",
}

// readers are the users who may only read.
func (o options) readers() map[string]bool {
	name, _, ok := strings.Cut(o.readOnly, ":")
	return map[string]bool{name: ok}
}

func isRead(method string) bool {
	return slices.ContainsFunc(reads, func(begin string) bool { return strings.HasPrefix(method, begin) })
}

func noPermission(method *simulator.Method) types.BaseMethodFault {
	privilege, ok := privileges[method.Name]
	if !ok {
		privilege = method.Name
	}
	if method.Name == "Destroy_Task" && method.This.Type == "DistributedVirtualPortgroup" {
		privilege = "DVPortgroup.Delete"
	}
	return &types.NoPermission{Object: &method.This, PrivilegeId: privilege}
}
