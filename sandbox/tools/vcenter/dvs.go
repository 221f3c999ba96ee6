package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// firstVersion is the configVersion of what has not been changed yet; the simulator gives none.
const firstVersion = "1"

// Gap: a distributed switch's hosts and uplinks at its making.
//
// The simulator ignores the hosts of the specification, gives no configVersion and no uplink policy, and says that the
// switch is there while its uplink port group is still in the making.
// A vCenter joins the hosts, counts versions, and names the uplinks.
// pulumi-vsphere's data source of a switch takes the uplink policy for granted, and a VM can only use a port group of a
// switch that has its host.

// folder is a folder with the gap filled.
type folder struct {
	*simulator.Folder
}

func (f *folder) CreateDVSTask(ctx *simulator.Context, req *types.CreateDVS_Task) soap.HasFault {
	task := startTask(ctx, f, "CreateDVS_Task", func() (types.AnyType, types.BaseMethodFault) {
		answer := f.Folder.CreateDVSTask(ctx, req)
		result, fault := finish(ctx, answer.(*methods.CreateDVS_TaskBody).Res.Returnval)
		if fault != nil {
			return nil, fault
		}
		made := ctx.Map.Get(result.(types.ManagedObjectReference)).(*simulator.DistributedVirtualSwitch)
		finishAll(ctx, made.Self)
		ctx.AutoUpdate(made, func() {
			info := made.Config.GetDVSConfigInfo()
			info.ConfigVersion = firstVersion
			if info.UplinkPortPolicy == nil {
				info.UplinkPortPolicy = &types.DVSNameArrayUplinkPortPolicy{UplinkPortName: []string{"Uplink 1"}}
			}
		})
		if hosts := req.Spec.ConfigSpec.GetDVSConfigSpec().Host; len(hosts) > 0 {
			join := types.ReconfigureDvs_Task{This: made.Self, Spec: &types.DVSConfigSpec{Host: hosts}}
			answer := made.ReconfigureDvsTask(ctx, &join)
			if _, fault := finish(ctx, answer.(*methods.ReconfigureDvs_TaskBody).Res.Returnval); fault != nil {
				return nil, fault
			}
		}
		return result, nil
	})
	return &methods.CreateDVS_TaskBody{Res: &types.CreateDVS_TaskResponse{Returnval: task}}
}

// finishAll waits for all tasks of an object.
func finishAll(ctx *simulator.Context, of types.ManagedObjectReference) {
	for _, ref := range ctx.Map.AllReference("Task") {
		if task := ref.(*simulator.Task); task.Info.Entity != nil && *task.Info.Entity == of {
			task.Wait()
		}
	}
}

// Gap: finding a distributed switch by its UUID.
//
// The simulator answers MethodNotFound to QueryDvsByUuid.
// A vCenter finds the switch, or answers NotFound.
// pulumi-vsphere's switch has the UUID for its id, so each of its port groups begins with this call.

// switchManager is the manager of distributed switches with the gap filled.
type switchManager struct {
	*simulator.DistributedVirtualSwitchManager
}

func (m *switchManager) QueryDvsByUuid(ctx *simulator.Context, req *types.QueryDvsByUuid) soap.HasFault {
	for _, entity := range ctx.Map.All("DistributedVirtualSwitch") {
		if entity.(*simulator.DistributedVirtualSwitch).Uuid == req.Uuid {
			ref := entity.Reference()
			return &methods.QueryDvsByUuidBody{Res: &types.QueryDvsByUuidResponse{Returnval: &ref}}
		}
	}
	return &methods.QueryDvsByUuidBody{Fault_: simulator.Fault("", &types.NotFound{})}
}

// Gap: making one distributed port group.
//
// The simulator answers MethodNotFound to CreateDVPortgroup_Task; it has AddDVPortgroup_Task, which makes many and
// tells the reference of none, and gives them no configVersion (mac_management.go does).
// A vCenter has both, and the task's result is the new port group.
// pulumi-vsphere makes its port groups by this call, and changes them by their configVersion.

// distributedSwitch is a distributed switch with the gap filled.
type distributedSwitch struct {
	*simulator.DistributedVirtualSwitch
}

func (s *distributedSwitch) CreateDVPortgroupTask(ctx *simulator.Context, req *types.CreateDVPortgroup_Task) soap.HasFault {
	task := startTask(ctx, s, "CreateDVPortgroup_Task", func() (types.AnyType, types.BaseMethodFault) {
		add := types.AddDVPortgroup_Task{This: s.Self, Spec: []types.DVPortgroupConfigSpec{req.Spec}}
		answer := s.AddDVPortgroupTask(ctx, &add)
		if _, fault := finish(ctx, answer.(*methods.AddDVPortgroup_TaskBody).Res.Returnval); fault != nil {
			return nil, fault
		}
		made := ctx.Map.FindByName(req.Spec.Name, s.Portgroup).(*simulator.DistributedVirtualPortgroup)
		return made.Self, nil
	})
	return &methods.CreateDVPortgroup_TaskBody{Res: &types.CreateDVPortgroup_TaskResponse{Returnval: task}}
}
