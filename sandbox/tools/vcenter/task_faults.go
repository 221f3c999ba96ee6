package main

import (
	"reflect"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// taskFaults are the rules for tasks that fail (faults.go).
type taskFaults struct {
	mutex sync.Mutex
	rules []*taskRule
}

type taskRule struct {
	faultRule
	fault       types.BaseMethodFault
	seen, times int
}

func (t *taskFaults) add(rule faultRule, fault types.BaseMethodFault) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.rules = append(t.rules, &taskRule{faultRule: rule, fault: fault})
}

func (t *taskFaults) clear() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.rules = nil
}

// counts are how many tasks each rule has failed, in the order in which the rules came.
func (t *taskFaults) counts() []int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	counts := []int{}
	for _, rule := range t.rules {
		counts = append(counts, rule.times)
	}
	return counts
}

// next is the fault for this call's task, or nil.
func (t *taskFaults) next(method *simulator.Method, object mo.Reference) types.BaseMethodFault {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, rule := range t.rules {
		if !rule.fits(method, object) || rule.MaxCount > 0 && rule.times >= rule.MaxCount {
			continue
		}
		if rule.seen++; rule.seen <= rule.SkipCount {
			continue
		}
		rule.times++
		return rule.fault
	}
	return nil
}

func (r *taskRule) fits(method *simulator.Method, object mo.Reference) bool {
	if r.Method != method.Name || r.Type != "*" && r.Type != method.This.Type {
		return false
	}
	if r.Name == "*" {
		return true
	}
	entity, ok := object.(mo.Entity)
	return ok && entity.Entity().Name == r.Name
}

// failing stands before an object for one call, whose task is to fail.
type failing struct {
	Self  types.ManagedObjectReference
	fault types.BaseMethodFault
}

// canFail says whether failing has this method.
func canFail(method string) bool {
	name, isTask := strings.CutSuffix(method, "_Task")
	_, ok := reflect.TypeFor[*failing]().MethodByName(name + "Task")
	return isTask && ok
}

func (f *failing) Reference() types.ManagedObjectReference { return f.Self }

func (f *failing) task(ctx *simulator.Context, method string) types.ManagedObjectReference {
	return failedTask(ctx, f, method, f.fault)
}

// failedTask is a task that ends with this fault.
func failedTask(ctx *simulator.Context, on mo.Reference, method string, fault types.BaseMethodFault) types.ManagedObjectReference {
	return startTask(ctx, on, method, func() (types.AnyType, types.BaseMethodFault) { return nil, fault })
}

func (f *failing) CloneVMTask(ctx *simulator.Context, _ *types.CloneVM_Task) soap.HasFault {
	return &methods.CloneVM_TaskBody{Res: &types.CloneVM_TaskResponse{Returnval: f.task(ctx, "CloneVM_Task")}}
}

func (f *failing) ReconfigVMTask(ctx *simulator.Context, _ *types.ReconfigVM_Task) soap.HasFault {
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: f.task(ctx, "ReconfigVM_Task")}}
}

func (f *failing) PowerOnVMTask(ctx *simulator.Context, _ *types.PowerOnVM_Task) soap.HasFault {
	return &methods.PowerOnVM_TaskBody{Res: &types.PowerOnVM_TaskResponse{Returnval: f.task(ctx, "PowerOnVM_Task")}}
}

func (f *failing) RenameTask(ctx *simulator.Context, _ *types.Rename_Task) soap.HasFault {
	return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{Returnval: f.task(ctx, "Rename_Task")}}
}

func (f *failing) DestroyTask(ctx *simulator.Context, _ *types.Destroy_Task) soap.HasFault {
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: f.task(ctx, "Destroy_Task")}}
}

func (f *failing) CreateDVPortgroupTask(ctx *simulator.Context, _ *types.CreateDVPortgroup_Task) soap.HasFault {
	return &methods.CreateDVPortgroup_TaskBody{Res: &types.CreateDVPortgroup_TaskResponse{Returnval: f.task(ctx, "CreateDVPortgroup_Task")}}
}

func (f *failing) ReconfigureDVPortgroupTask(ctx *simulator.Context, _ *types.ReconfigureDVPortgroup_Task) soap.HasFault {
	task := f.task(ctx, "ReconfigureDVPortgroup_Task")
	return &methods.ReconfigureDVPortgroup_TaskBody{Res: &types.ReconfigureDVPortgroup_TaskResponse{Returnval: task}}
}
