package main

import (
	"io"
	"net/http"
	"strings"
)

// Gap: the type of a distributed switch.
//
// The simulator's switches are of type DistributedVirtualSwitch, and it has no class for any other.
// A vCenter's are VmwareDistributedVirtualSwitch.
// pulumi-vsphere refuses a switch of another type. The name is changed in what comes in and in what goes out, for the
// simulator itself panics when an object of its own has the other one.

const (
	simulatedSwitch = "DistributedVirtualSwitch"
	vmwareSwitch    = "VmwareDistributedVirtualSwitch"
)

var (
	toSimulator = strings.NewReplacer(
		`type="`+vmwareSwitch+`"`, `type="`+simulatedSwitch+`"`, // a reference
		`>`+vmwareSwitch+`</type>`, `>`+simulatedSwitch+`</type>`, // what a view or a filter asks for
	)
	toClient = strings.NewReplacer(`type="`+simulatedSwitch+`"`, `type="`+vmwareSwitch+`"`)
)

// vmwareSwitches has the simulator's SOAP endpoint speak of VmwareDistributedVirtualSwitch.
func vmwareSwitches(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(strings.NewReader(toSimulator.Replace(string(body))))
		r.ContentLength = -1
		next.ServeHTTP(&replacing{w}, r)
	})
}

// replacing changes an answer, which the simulator writes by one call.
type replacing struct {
	http.ResponseWriter
}

func (w *replacing) Write(answer []byte) (int, error) {
	if _, err := io.WriteString(w.ResponseWriter, toClient.Replace(string(answer))); err != nil {
		return 0, err
	}
	return len(answer), nil
}
