package main

import (
	"slices"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25/mo"
)

func (l *lab) isInPool(vm *object.VirtualMachine) bool {
	l.Helper()
	return slices.Contains(read[mo.ResourcePool](l, l.pool, "vm").Vm, vm.Reference())
}

func TestATemplateIsInNoPoolAndAVMAgainIsInTheNamedOne(t *testing.T) {
	l := newLab(t)
	is(t, "the installer's template is in the pool", l.isInPool(l.source), false)
	template := l.cloned(l.source, "hub-7vxwj-rhcos-cnv", true, features("mark"))
	is(t, "a clone that is a template is in the pool", l.isInPool(template), false)
	l.must(template.MarkAsVirtualMachine(l.ctx, *l.pool, l.hosts[0]))
	is(t, "as a VM it is in the pool", l.isInPool(template), true)
	l.must(template.MarkAsTemplate(l.ctx))
	is(t, "as a template again it is in the pool", l.isInPool(template), false)
}

func TestADestroyedTemplateIsInNoView(t *testing.T) {
	l := newLab(t)
	template := l.cloned(l.source, "hub-7vxwj-rhcos-cnv", true, features("mark"))
	l.do(template.Destroy(l.ctx))
	all, err := view.NewManager(l.client.Client).CreateContainerView(l.ctx, l.client.ServiceContent.RootFolder, []string{"VirtualMachine"}, true)
	l.must(err)
	found, err := all.Find(l.ctx, []string{"VirtualMachine"}, nil)
	l.must(err)
	is(t, "it is in the view", slices.Contains(found, template.Reference()), false)
}
