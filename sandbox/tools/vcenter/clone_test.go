package main

import (
	"fmt"
	"testing"

	"github.com/vmware/govmomi/event"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func TestATemplateClonedWithTheLabsFeaturesHasThemFromItsFirstMoment(t *testing.T) {
	l := newLab(t)
	l.must(l.network(0).AddPortGroup(l.ctx, trunk("Trunk")))
	spec := features("mark")
	spec.NumCPUs, spec.MemoryMB, spec.NumCoresPerSocket = 6, 8192, types.NewInt32(3)
	spec.DeviceChange = []types.BaseVirtualDeviceConfigSpec{l.card("Trunk")}
	config := l.config(l.cloned(l.source, "hub-7vxwj-rhcos-cnv", true, spec))
	is(t, "template", config.Template, true)
	is(t, "nestedHVEnabled", isOn(config.NestedHVEnabled), true)
	is(t, "vPMCEnabled", isOn(config.VPMCEnabled), true)
	is(t, "vvtdEnabled", isOn(config.Flags.VvtdEnabled), true)
	is(t, "annotation", config.Annotation, "mark")
	is(t, "CPUs", config.Hardware.NumCPU, 6)
	is(t, "memory", config.Hardware.MemoryMB, 8192)
	is(t, "cores", *config.Hardware.NumCoresPerSocket, 3)
}

func TestAMachineClonedFromTheTemplateInheritsWhatItsOwnConfigurationLeavesOut(t *testing.T) {
	l := newLab(t)
	template := l.cloned(l.source, "hub-7vxwj-rhcos-cnv", true, features("mark"))
	machine := l.config(l.cloned(template, "hub-7vxwj-cnv-1", false, types.VirtualMachineConfigSpec{
		Annotation: "a Machine", VPMCEnabled: types.NewBool(false), Flags: &types.VirtualMachineFlagInfo{DiskUuidEnabled: types.NewBool(true)}}))
	is(t, "template", machine.Template, false)
	is(t, "inherited nestedHVEnabled", isOn(machine.NestedHVEnabled), true)
	is(t, "inherited flag", isOn(machine.Flags.VvtdEnabled), true)
	is(t, "its own flag", isOn(machine.Flags.DiskUuidEnabled), true)
	is(t, "switched off", isOn(machine.VPMCEnabled), false)
	is(t, "annotation", machine.Annotation, "a Machine")
	is(t, "the template's annotation", l.config(template).Annotation, "mark")
}

func TestACloneTaskIsNamedByItsMethod(t *testing.T) {
	l := newLab(t)
	task, err := l.clone(l.source, "clone", false, types.VirtualMachineConfigSpec{})
	l.do(task, err)
	info := read[mo.Task](l, task, "info").Info
	is(t, "name", info.Name, "CloneVM_Task")
	is(t, "entity", *info.Entity, l.source.Reference())
}

func TestACloneWithSomethingThatIsGoneSaysSoAndMakesNothing(t *testing.T) {
	l := newLab(t)
	gone := func(kind string) *types.ManagedObjectReference {
		return &types.ManagedObjectReference{Type: kind, Value: "gone-1"}
	}
	pool, datastore := l.pool.Reference(), l.datastore.Reference()
	for _, location := range []types.VirtualMachineRelocateSpec{
		{Pool: gone("ResourcePool"), Datastore: &datastore},
		{Pool: &pool, Datastore: gone("Datastore")},
		{Pool: &pool, Datastore: &datastore, Host: gone("HostSystem")},
	} {
		task, err := l.source.Clone(l.ctx, l.folders.VmFolder, "clone", types.VirtualMachineCloneSpec{Location: location})
		is(t, "refusal", l.refusal(task, err), "ManagedObjectNotFound")
	}
	elsewhere := object.NewFolder(l.client.Client, *gone("Folder"))
	is(t, "folder", l.refusal(l.source.Clone(l.ctx, elsewhere, "clone", types.VirtualMachineCloneSpec{})), "ManagedObjectNotFound")
	is(t, "VMs", len(l.vms()), 1)
	l.cloned(l.source, "clone", false, types.VirtualMachineConfigSpec{}) // the source is not locked by what failed
}

func TestTwoClonesOfOneNameEndInOneVM(t *testing.T) {
	l := newLab(t)
	l.cloned(l.source, "clone", true, features("first"))
	is(t, "the second", l.refusal(l.clone(l.source, "clone", true, features("second"))), "DuplicateName")
	is(t, "VMs", len(l.vms()), 2)
}

func TestClonesOfOneTemplateMadeAtOnceAllKeepTheirFeatures(t *testing.T) {
	l := newLab(t)
	const calls = 8
	l.atOnce(calls, func(i int) error {
		task, err := l.clone(l.source, fmt.Sprint("clone-", i), false, features("mark"))
		if err != nil {
			return err
		}
		_, err = task.WaitForResult(l.ctx, nil)
		return err
	})
	kept := 0
	for _, vm := range l.vms() {
		if config := l.config(vm); isOn(config.NestedHVEnabled) && isOn(config.VPMCEnabled) && config.Annotation == "mark" {
			kept++
		}
	}
	is(t, "clones with all features", kept, calls)
}

// Not a gap: the engine's tests take vCenter's events for their witness, so the simulator must have told the difference.
func TestTheEventsTellAVMThatWasStartedFromATemplateThatNeverWas(t *testing.T) {
	l := newLab(t)
	started := l.cloned(l.source, "started", false, types.VirtualMachineConfigSpec{})
	l.do(started.PowerOn(l.ctx))
	l.do(started.PowerOff(l.ctx))
	never := l.cloned(l.source, "never", true, features("mark"))
	is(t, "of the one that was started", l.events(started)["VmPoweredOnEvent"], 1)
	is(t, "of the template", l.events(never)["VmPoweredOnEvent"], 0)
	is(t, "of its making", l.events(never)["VmClonedEvent"], 1)
}

func (l *lab) vms() []*object.VirtualMachine {
	l.Helper()
	children, err := l.folders.VmFolder.Children(l.ctx)
	l.must(err)
	var vms []*object.VirtualMachine
	for _, child := range children {
		if vm, ok := child.(*object.VirtualMachine); ok {
			vms = append(vms, vm)
		}
	}
	return vms
}

// events are how often each kind of event was posted for the VM.
func (l *lab) events(vm *object.VirtualMachine) map[string]int {
	l.Helper()
	of := &types.EventFilterSpecByEntity{Entity: vm.Reference(), Recursion: types.EventFilterSpecRecursionOptionSelf}
	posted, err := event.NewManager(l.client.Client).QueryEvents(l.ctx, types.EventFilterSpec{Entity: of})
	l.must(err)
	counts := map[string]int{}
	for _, e := range posted {
		counts[typeName(e)]++
	}
	return counts
}
