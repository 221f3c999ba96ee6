package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// Gap: faults on demand.
//
// The simulator has rules for faults, but only for a program that it is a library of, and the faults that it makes by
// itself go out under Go's names or with a cause that is none: pyVmomi can't read them. And it has none for tasks.
// A vCenter refuses some calls at once and takes others, to fail their tasks later.
// The lab must say something sensible to both, so this endpoint takes any fault of the API by its name:
//
//	curl -d '{"Method": "CloneVM_Task", "Fault": "NoDiskSpace", "Fields": {"datastore": "VMData-HD"},
//	          "MaxCount": 1, "Task": true}' 127.0.0.1:PORT/faults
//	GET shows how often each rule was met, DELETE removes them all.
//
// A rule for reads needs both RetrievePropertiesEx and, for pyVmomi's attributes, Fetch.

const faultsPath = "/faults"

// faultRule is what a POST carries.
type faultRule struct {
	// Method, Type and Name are whose calls fail: the API's names of method and managed object, and the object's own.
	Method, Type, Name string
	// Fault is the API's name of the fault, Fields are its properties, and Message is what a person reads.
	Fault   string
	Fields  json.RawMessage
	Message string
	// SkipCount calls pass first, then MaxCount calls fail (0: all), each after Delay milliseconds.
	SkipCount, MaxCount, Delay int
	// Task lets the call succeed and its task fail.
	Task bool
}

// fault makes the rule's fault.
func (r faultRule) fault() (types.BaseMethodFault, error) {
	kind, ok := types.TypeFunc()(r.Fault)
	if !ok {
		return nil, fmt.Errorf("the API has no fault %q", r.Fault)
	}
	fault, ok := reflect.New(kind).Interface().(types.BaseMethodFault)
	if !ok {
		return nil, fmt.Errorf("%q is no fault", r.Fault)
	}
	if len(r.Fields) > 0 {
		if err := json.Unmarshal(r.Fields, fault); err != nil {
			return nil, fmt.Errorf("fields of %s: %w", r.Fault, err)
		}
	}
	return fault, nil
}

// add puts the rule into force.
func (r faultRule) add(service *simulator.Service, tasks *taskFaults) error {
	fault, err := r.fault()
	switch {
	case err != nil:
		return err
	case r.Method == "":
		return errors.New("a rule needs a Method")
	case r.Task && !canFail(r.Method):
		return fmt.Errorf("the task of %s can't be made to fail; failing in task_faults.go lists those that can", r.Method)
	case r.Task && r.Delay > 0:
		return errors.New("a task's Delay is the flag -task-delay")
	case r.Task && r.Message != "":
		return errors.New("a task's fault has no Message of its own")
	case r.Task:
		tasks.add(r, fault)
	default:
		service.AddFaultRule(&simulator.FaultInjectionRule{
			MethodName: r.Method, ObjectType: r.Type, ObjectName: r.Name,
			FaultType: simulator.FaultTypeCustom, Fault: fault, Message: r.Message, Probability: 1, Enabled: true,
			Delay: r.Delay, MaxCount: r.MaxCount, SkipCount: r.SkipCount,
		})
	}
	return nil
}

// adminEndpoint adds, shows and removes rules while the stand-in runs, changes its hosts, and lists what was required.
func adminEndpoint(service *simulator.Service, tasks *taskFaults, cpus *hostCPUs, judge *authority) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+hostsPath, cpus.endpoint(service))
	mux.HandleFunc("POST "+faultsPath, func(w http.ResponseWriter, r *http.Request) {
		rule := faultRule{Type: "*", Name: "*"}
		body := json.NewDecoder(r.Body)
		body.DisallowUnknownFields()
		err := body.Decode(&rule)
		if err == nil {
			err = rule.add(service, tasks)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
	mux.HandleFunc("GET "+faultsPath, func(w http.ResponseWriter, _ *http.Request) {
		counts := service.GetFaultStats()
		counts["tasks"] = tasks.counts()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(counts) // whoever asked is gone: nobody to tell
	})
	mux.HandleFunc("GET /privileges", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(judge.recorded())
	})
	mux.HandleFunc("DELETE "+faultsPath, func(http.ResponseWriter, *http.Request) {
		service.ClearFaultRules()
		tasks.clear()
	})
	return mux
}
