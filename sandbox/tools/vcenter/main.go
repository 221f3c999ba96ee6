// Command vcenter is a stand-in for a vCenter: govmomi's simulator (v0.55.1), served over TLS on a loopback port.
//
// It is not a vCenter. Logins, the inventory, searches, property reads, tasks, events and the life of a VM are the
// simulator's. What the lab needs beyond them is in the files beside this one, a gap a file, and each says what the
// simulator does, what a vCenter documents, and why the lab needs it:
//
//	host_portgroups.go  a port group of one name on every host, its update, and who sees it
//	clone.go            the features that a clone's configuration asks for
//	reconfigure.go      performance counters, and flags that are left unset
//	network_cards.go    a card on a network that is not there
//	dvs.go              a switch's hosts, its lookup by UUID, its port groups one by one
//	dvs_type.go         the switch's type on the wire
//	dvportgroups.go     partial changes, concurrent changes, and port groups in use
//	mac_management.go   what a distributed port group lets through, by its older and its newer name
//	host_cpus.go        what the hosts' CPUs can do
//	permissions.go      users who may do what permissions give them (privileges.go: what each call requires)
//	faults.go           faults on demand
//
// The gaps are filled from the API's documentation. A test that passes here shows that the right calls were sent and
// read back; it does not show that a vCenter takes them. Nothing outlives the process.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

// options are the command's flags.
type options struct {
	listen, admin          string
	user, password         string
	limited                string
	caFile, load           string
	apiVersion             string
	sessionTimeout         string
	trace, gaps, autostart bool
	delay                  int
	methodDelay, taskDelay milliseconds
	counts                 counts
}

// counts is the size of the inventory to begin with, as in the simulator's own model.
type counts struct {
	datacenters, clusters, clusterHosts, standaloneHosts, machines, portGroups, datastores int
}

// milliseconds are delays by name, as "Name:milliseconds", comma separated.
type milliseconds map[string]int

func (d milliseconds) String() string { return fmt.Sprint(map[string]int(d)) }

func (d milliseconds) Set(s string) error {
	for part := range strings.SplitSeq(s, ",") {
		name, count, _ := strings.Cut(part, ":")
		n, err := strconv.Atoi(count)
		if name == "" || err != nil {
			return fmt.Errorf("want Name:milliseconds, got %q", part)
		}
		d[name] = n
	}
	return nil
}

// defaults are the options without any flag: the simulator's own inventory, open to any user.
func defaults() options {
	return options{
		listen: "127.0.0.1:8989",
		// The simulator announces 6.5. Clients then leave out, without a word, what came later: vvtdEnabled is 6.7.
		apiVersion:  "8.0.3.0",
		gaps:        true,
		autostart:   true,
		methodDelay: milliseconds{},
		taskDelay:   milliseconds{},
		counts:      counts{datacenters: 1, clusters: 1, clusterHosts: 3, standaloneHosts: 1, machines: 2, portGroups: 1, datastores: 1},
	}
}

func parse(args []string, stderr io.Writer) (options, error) {
	o := defaults()
	f := flag.NewFlagSet("vcenter", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.listen, "l", o.listen, "loopback `address` to serve on; port 0 takes a free one")
	f.StringVar(&o.admin, "admin", "", "loopback `address` of the fault endpoint")
	f.StringVar(&o.user, "username", "", "accept only this `user`; without it any is accepted")
	f.StringVar(&o.password, "password", "", "the user's `password`")
	f.StringVar(&o.limited, "limited", "", "`user:password` of a second user, who may do what permissions give it")
	f.StringVar(&o.caFile, "ca-file", "", "`file` to write the server's certificate to, as PEM")
	f.StringVar(&o.load, "load", "", "`folder` that \"govc object.save\" wrote, to begin with")
	f.StringVar(&o.apiVersion, "api-version", o.apiVersion, "API `version` to announce: clients leave out what is newer")
	f.StringVar(&o.sessionTimeout, "session-timeout", "", "idle `time` after which a session ends, such as 2s")
	f.BoolVar(&o.trace, "trace", false, "write requests and answers to stderr")
	f.BoolVar(&o.gaps, "gaps", o.gaps, "fill the simulator's gaps")
	f.IntVar(&o.delay, "delay", 0, "delay of every method, in `ms`")
	f.Var(o.methodDelay, "method-delay", "delay per `method:ms`, such as CloneVM_Task:500")
	f.Var(o.taskDelay, "task-delay", "delay per `task:ms`, such as CloneVM_Task:5000; LockHandoff:0 lets clients read the object meanwhile")
	f.IntVar(&o.counts.datacenters, "dc", o.counts.datacenters, "datacenters")
	f.IntVar(&o.counts.clusters, "cluster", o.counts.clusters, "clusters per datacenter")
	f.IntVar(&o.counts.clusterHosts, "host", o.counts.clusterHosts, "hosts per cluster")
	f.IntVar(&o.counts.standaloneHosts, "standalone-host", o.counts.standaloneHosts, "standalone hosts per datacenter")
	f.IntVar(&o.counts.machines, "vm", o.counts.machines, "VMs per resource pool")
	f.IntVar(&o.counts.portGroups, "pg", o.counts.portGroups, "distributed port groups per datacenter")
	f.IntVar(&o.counts.datastores, "ds", o.counts.datastores, "datastores")
	f.BoolVar(&o.autostart, "autostart", o.autostart, "power the VMs of the inventory on")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	return o, o.check()
}

// run serves until the context ends. The line that it prints says that everything is listening and written.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	v, err := serve(o)
	if err != nil {
		return err
	}
	defer v.close()
	_, err = fmt.Fprintf(stdout, "GOVC_URL=%s GOVC_SIM_PID=%d GOVC_TLS_CA_CERTS=%s FAULTS_URL=%s\n", v.url, os.Getpid(), v.caFile, v.faultsURL)
	if err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "vcenter:", err)
		os.Exit(1)
	}
}
