package main

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/url"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/task"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// runAsCommand has the test's own executable be the command, for tests that need a process.
const runAsCommand = "VCENTER_RUN_AS_COMMAND"

const deadline = 60 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(runAsCommand) != "" {
		main()
		return
	}
	log.SetOutput(io.Discard) // the simulator logs each refusal
	os.Exit(m.Run())
}

// lab is a stand-in with an inventory like the post's, and a session with it: one cluster of two hosts, a datastore, and
// the template that everything is cloned from, with one disk and one card on the machine network.
type lab struct {
	*testing.T
	*vcenter
	ctx     context.Context
	options options
	client  *govmomi.Client

	datacenter *object.Datacenter
	folders    *object.DatacenterFolders
	cluster    *object.ClusterComputeResource
	hosts      [2]*object.HostSystem
	pool       *object.ResourcePool
	datastore  *object.Datastore
	source     *object.VirtualMachine
}

const (
	machineNetwork = "lab-192-168-4-0-b24"
	sourceTemplate = "hub-7vxwj-rhcos"
)

// newLab starts a stand-in; plain is the simulator with its gaps.
func newLab(t *testing.T, change ...func(*options)) *lab {
	t.Helper()
	o := defaults()
	o.listen, o.admin, o.counts = "127.0.0.1:0", "127.0.0.1:0", counts{}
	o.user, o.password = "admin@vsphere.local", "secret"
	for _, f := range change {
		f(&o)
	}
	datastore := t.TempDir() // removed after the server has ended
	v, err := serve(o)
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	l := &lab{T: t, vcenter: v, ctx: ctx, options: o}
	l.must(err)
	t.Cleanup(v.close)
	t.Cleanup(cancel)
	l.client = l.login(o.user, o.password)
	l.furnish(datastore)
	return l
}

func plain(o *options) { o.gaps = false }

// login is a session of its own over verified TLS.
func (l *lab) login(user, password string) *govmomi.Client {
	l.Helper()
	client, err := dial(l.ctx, l.url, l.certificate, url.UserPassword(user, password))
	l.must(err)
	return client
}

func dial(ctx context.Context, endpoint string, certificate []byte, user *url.Userinfo) (*govmomi.Client, error) {
	at, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	transport := soap.NewClient(at, false)
	transport.DefaultTransport().TLSClientConfig.RootCAs = x509.NewCertPool()
	transport.DefaultTransport().TLSClientConfig.RootCAs.AppendCertsFromPEM(certificate)
	vim, err := vim25.NewClient(ctx, transport)
	if err != nil {
		return nil, err
	}
	client := &govmomi.Client{Client: vim, SessionManager: session.NewManager(vim)}
	return client, client.Login(ctx, user)
}

func (l *lab) furnish(datastore string) {
	l.Helper()
	var err error
	l.datacenter, err = object.NewRootFolder(l.client.Client).CreateDatacenter(l.ctx, "Garden")
	l.must(err)
	l.folders, err = l.datacenter.Folders(l.ctx)
	l.must(err)
	l.cluster, err = l.folders.HostFolder.CreateCluster(l.ctx, "Goat", types.ClusterConfigSpecEx{})
	l.must(err)
	for i, name := range []string{"goat-1.lab.bewley.net", "goat-2.lab.bewley.net"} {
		added := l.do(l.cluster.AddHost(l.ctx, types.HostConnectSpec{HostName: name, UserName: "root", Force: true}, true, nil, nil))
		l.hosts[i] = object.NewHostSystem(l.client.Client, added.(types.ManagedObjectReference))
	}
	l.pool, err = l.cluster.ResourcePool(l.ctx)
	l.must(err)
	store, err := l.hosts[0].ConfigManager().DatastoreSystem(l.ctx)
	l.must(err)
	l.datastore, err = store.CreateLocalDatastore(l.ctx, "VMData-HD", datastore)
	l.must(err)
	l.must(l.network(0).AddPortGroup(l.ctx, types.HostPortGroupSpec{Name: machineNetwork, VswitchName: "vSwitch0"}))
	l.source = l.makeVM(sourceTemplate, append(newDisk(16), l.card(machineNetwork))...)
	l.must(l.source.MarkAsTemplate(l.ctx))
}

func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(kind(err), err)
	}
}

// do waits for a task that is to succeed, and gives its result.
func (l *lab) do(task *object.Task, err error) types.AnyType {
	l.Helper()
	l.must(err)
	info, err := task.WaitForResult(l.ctx, nil)
	l.must(err)
	return info.Result
}

// refusal is the fault that a call or its task ended with, by the API's name, or "".
func (l *lab) refusal(task *object.Task, err error) string {
	l.Helper()
	if err == nil {
		err = task.Wait(l.ctx)
	}
	return kind(err)
}

// kind is the API's name of an error's fault, "" without an error, and the error's words when it is of another sort.
func kind(err error) string {
	var failed task.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &failed):
		return typeName(failed.Fault())
	case soap.IsSoapFault(err):
		return typeName(soap.ToSoapFault(err).VimFault())
	}
	return err.Error()
}

// typeName is the API's name of a fault's or event's type.
func typeName(of any) string { return reflect.Indirect(reflect.ValueOf(of)).Type().Name() }

// is fails the test unless the two are equal.
func is[T any](l testing.TB, what string, got, want T) {
	l.Helper()
	if !reflect.DeepEqual(got, want) {
		l.Errorf("%s: %+v, want %+v", what, got, want)
	}
}

// read gives the properties of one object.
func read[T any](l *lab, of object.Reference, properties ...string) T {
	l.Helper()
	var into T
	l.must(property.DefaultCollector(l.client.Client).RetrieveOne(l.ctx, of.Reference(), properties, &into))
	return into
}
