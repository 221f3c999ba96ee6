package main

import (
	"testing"

	"github.com/vmware/govmomi/vim25/types"
)

func TestATemplatesFeaturesAreSwitchedOffInPlaceAndNothingElseIs(t *testing.T) {
	l := newLab(t)
	spec := features("mark")
	spec.Flags.DiskUuidEnabled = types.NewBool(true)
	template := l.cloned(l.source, "hub-7vxwj-rhcos-cnv", true, spec)
	l.must(template.MarkAsVirtualMachine(l.ctx, *l.pool, l.hosts[0]))
	l.do(template.Reconfigure(l.ctx, types.VirtualMachineConfigSpec{
		VPMCEnabled: types.NewBool(false), Flags: &types.VirtualMachineFlagInfo{VvtdEnabled: types.NewBool(false)}}))
	l.must(template.MarkAsTemplate(l.ctx))
	config := l.config(template)
	is(t, "vPMCEnabled", isOn(config.VPMCEnabled), false)
	is(t, "vvtdEnabled", isOn(config.Flags.VvtdEnabled), false)
	is(t, "nestedHVEnabled", isOn(config.NestedHVEnabled), true)
	is(t, "diskUuidEnabled", isOn(config.Flags.DiskUuidEnabled), true)
	is(t, "annotation", config.Annotation, "mark")
}

func TestATemplateIsNotReconfiguredWhileItIsOne(t *testing.T) {
	l := newLab(t)
	template := l.cloned(l.source, "hub-7vxwj-rhcos-cnv", true, features("mark"))
	off := types.VirtualMachineConfigSpec{VPMCEnabled: types.NewBool(false), Flags: &types.VirtualMachineFlagInfo{VvtdEnabled: types.NewBool(false)}}
	is(t, "refusal", l.refusal(template.Reconfigure(l.ctx, off)), "NotSupported")
	config := l.config(template)
	is(t, "vPMCEnabled", isOn(config.VPMCEnabled), true)
	is(t, "vvtdEnabled", isOn(config.Flags.VvtdEnabled), true)
}
