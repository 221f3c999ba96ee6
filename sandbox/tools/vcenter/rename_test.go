package main

import (
	"testing"

	"github.com/vmware/govmomi/vim25/mo"
)

func TestARenamedTemplateHasItsNewNameEverywhere(t *testing.T) {
	l := newLab(t)
	template := l.cloned(l.source, "hub-7vxwj-rhcos-cnv.new", true, features("mark"))
	l.do(template.Rename(l.ctx, "hub-7vxwj-rhcos-cnv"))
	now := read[mo.VirtualMachine](l, template, "name", "config.name", "summary.config.name")
	is(t, "name", now.Name, "hub-7vxwj-rhcos-cnv")
	is(t, "configuration", now.Config.Name, "hub-7vxwj-rhcos-cnv")
	is(t, "summary", now.Summary.Config.Name, "hub-7vxwj-rhcos-cnv")
	is(t, "still a template", l.config(template).Template, true)
}

func TestATakenNameIsRefusedAndNothingIsRenamed(t *testing.T) {
	l := newLab(t)
	template := l.cloned(l.source, "hub-7vxwj-rhcos-cnv.new", true, features("mark"))
	is(t, "refusal", l.refusal(template.Rename(l.ctx, sourceTemplate)), "DuplicateName")
	is(t, "name", read[mo.VirtualMachine](l, template, "name").Name, "hub-7vxwj-rhcos-cnv.new")
}
