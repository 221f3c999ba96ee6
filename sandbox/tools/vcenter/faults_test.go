package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

func (l *lab) faults(method, body string) (int, string) {
	l.Helper()
	request, err := http.NewRequestWithContext(l.ctx, method, l.faultsURL, strings.NewReader(body))
	l.must(err)
	answer, err := http.DefaultClient.Do(request)
	l.must(err)
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	l.must(err)
	return answer.StatusCode, string(said)
}

// rule puts a rule into force.
func (l *lab) rule(body string) {
	l.Helper()
	if code, said := l.faults(http.MethodPost, body); code != http.StatusOK {
		l.Fatalf("%d %s", code, said)
	}
}

func TestACallFailsAsOftenAsItsRuleSaysWithTheFaultThatItNames(t *testing.T) {
	l := newLab(t)
	l.rule(`{"Method": "AddPortGroup", "Fault": "NoPermission", "Fields": {"privilegeId": "Host.Config.Network"}, "MaxCount": 1}`)
	err := l.network(0).AddPortGroup(l.ctx, trunk("Trunk"))
	is(t, "fault", kind(err), "NoPermission")
	is(t, "privilege", soap.ToSoapFault(err).VimFault().(types.NoPermission).PrivilegeId, "Host.Config.Network")
	l.must(l.network(0).AddPortGroup(l.ctx, trunk("Trunk")))
}

func TestATaskFailsWhereItsCallSucceeds(t *testing.T) {
	l := newLab(t)
	l.rule(`{"Method": "CloneVM_Task", "Fault": "NoDiskSpace", "Fields": {"datastore": "VMData-HD"},
		"SkipCount": 1, "MaxCount": 1, "Task": true}`)
	l.cloned(l.source, "skipped", true, features("mark"))
	task, err := l.clone(l.source, "clone", true, features("mark"))
	l.must(err)
	is(t, "its end", l.refusal(task, nil), "NoDiskSpace")
	info := read[mo.Task](l, task, "info").Info
	is(t, "name", info.Name, "CloneVM_Task")
	is(t, "datastore", info.Error.Fault.(*types.NoDiskSpace).Datastore, "VMData-HD")
	is(t, "VMs", len(l.vms()), 2)
	l.cloned(l.source, "clone", true, features("mark"))
}

func TestEachTaskOfTheLabCanBeMadeToFailOnTheObjectThatIsNamed(t *testing.T) {
	l := newLab(t)
	dvs := l.makeSwitch("Lab-DVS")
	group := l.addGroup(dvs, groupSpec("Trunk", 1, 10))
	vm, other := l.makeVM("vm"), l.makeVM("other")
	for method, call := range map[string]func() (*object.Task, error){
		"ReconfigVM_Task":             func() (*object.Task, error) { return vm.Reconfigure(l.ctx, features("mark")) },
		"PowerOnVM_Task":              func() (*object.Task, error) { return vm.PowerOn(l.ctx) },
		"Rename_Task":                 func() (*object.Task, error) { return vm.Rename(l.ctx, "other") },
		"Destroy_Task":                func() (*object.Task, error) { return vm.Destroy(l.ctx) },
		"CreateDVPortgroup_Task":      func() (*object.Task, error) { return l.createGroup(dvs, groupSpec("Other", 1, 10)) },
		"ReconfigureDVPortgroup_Task": func() (*object.Task, error) { return group.Reconfigure(l.ctx, groupSpec("", 1, 10)) },
	} {
		name := map[bool]string{true: "*", false: "vm"}[strings.Contains(method, "DVPortgroup")]
		l.rule(`{"Method": "` + method + `", "Name": "` + name + `", "Fault": "HostNotConnected", "Task": true}`)
		is(t, method, l.refusal(call()), "HostNotConnected")
	}
	is(t, "the VM", isOn(l.config(vm).NestedHVEnabled), false)
	l.do(other.Destroy(l.ctx))
}

func TestRulesAreCountedAndRemoved(t *testing.T) {
	l := newLab(t)
	l.rule(`{"Method": "PowerOnVM_Task", "Fault": "InvalidState"}`)
	l.rule(`{"Method": "PowerOffVM_Task", "Fault": "InvalidState"}`)
	l.rule(`{"Method": "Destroy_Task", "Type": "VirtualMachine", "Fault": "InvalidState", "Task": true}`)
	vm := l.makeVM("vm")
	is(t, "call", l.refusal(vm.PowerOn(l.ctx)), "InvalidState")
	is(t, "task", l.refusal(vm.Destroy(l.ctx)), "InvalidState")
	is(t, "task", l.refusal(vm.Destroy(l.ctx)), "InvalidState")
	_, said := l.faults(http.MethodGet, "")
	var counts struct {
		Rule0 int   `json:"rule_0_count"`
		Rule1 int   `json:"rule_1_count"`
		Tasks []int `json:"tasks"`
	}
	l.must(json.Unmarshal([]byte(said), &counts))
	is(t, "first call", counts.Rule0, 1)
	is(t, "second call", counts.Rule1, 0)
	is(t, "tasks", counts.Tasks, []int{2})
	l.faults(http.MethodDelete, "")
	l.do(vm.PowerOn(l.ctx))
	l.do(vm.PowerOff(l.ctx))
	l.do(vm.Destroy(l.ctx))
}

func TestARuleThatCouldNeverBeMetIsRefused(t *testing.T) {
	l := newLab(t)
	for body, why := range map[string]string{
		`{"Method": "CloneVM_Task", "Fault": "NoSuchFault"}`:                                 "no fault",
		`{"Method": "CloneVM_Task", "Fault": "VirtualMachine"}`:                              "fault",
		`{"Fault": "NoPermission"}`:                                                          "Method",
		`{"Method": "CloneVM_Task", "Fault": "NoPermission", "Often": 3}`:                    "Often",
		`{"Method": "CloneVM_Task", "Fault": "NoPermission", "Fields": {"privilegeId": 3}}`:  "NoPermission",
		`{"Method": "AddPortGroup", "Fault": "NoPermission", "Task": true}`:                  "AddPortGroup",
		`{"Method": "MigrateVM_Task", "Fault": "NoPermission", "Task": true}`:                "MigrateVM_Task",
		`{"Method": "CloneVM_Task", "Fault": "NoPermission", "Task": true, "Delay": 5}`:      "-task-delay",
		`{"Method": "CloneVM_Task", "Fault": "NoPermission", "Task": true, "Message": "no"}`: "Message",
		`{`: "EOF",
	} {
		if code, said := l.faults(http.MethodPost, body); code != http.StatusBadRequest || !strings.Contains(said, why) {
			t.Errorf("%s: %d %s", body, code, said)
		}
	}
}

func TestAWrongPasswordIsAnInvalidLogin(t *testing.T) {
	l := newLab(t)
	_, err := dial(l.ctx, l.url, l.certificate, url.UserPassword(l.options.user, "wrong"))
	is(t, "fault", kind(err), "InvalidLogin")
	about := l.client.ServiceContent.About
	is(t, "API", about.ApiVersion+" "+about.Version, "8.0.3.0 8.0.3")
}
