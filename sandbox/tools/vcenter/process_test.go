package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// anyone is accepted where no user was named.
var anyone = url.UserPassword("anyone", "any")

// process is the command, as the sandbox starts it.
type process struct {
	*testing.T
	*exec.Cmd
	ctx    context.Context
	url    string
	caFile string
	stderr *bytes.Buffer
	rest   *bufio.Reader
}

func command(t *testing.T, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	t.Cleanup(cancel)
	p := &process{T: t, Cmd: exec.CommandContext(ctx, os.Args[0], args...), ctx: ctx, stderr: &bytes.Buffer{}}
	p.Env = append(os.Environ(), runAsCommand+"=1")
	p.Stderr = p.stderr
	return p
}

// startProcess waits for the line that says that it is ready.
func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	caFile := filepath.Join(t.TempDir(), "ca.pem")
	p := command(t, append([]string{"-l", "127.0.0.1:0", "-ca-file", caFile}, args...)...)
	p.caFile = caFile
	stdout, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() }) // most have ended by then
	p.rest = bufio.NewReader(stdout)
	ready, err := p.rest.ReadString('\n')
	if err != nil {
		t.Fatalf("not ready: %s %s", err, p.stderr)
	}
	p.url, _, _ = strings.Cut(strings.TrimPrefix(ready, "GOVC_URL="), " ")
	return p
}

func (p *process) certificate() []byte {
	p.Helper()
	pem, err := os.ReadFile(p.caFile)
	if err != nil {
		p.Fatal(err)
	}
	return pem
}

// wait gives the exit code.
func (p *process) wait() int {
	_ = p.Wait() // an exit code that is not 0 is an error, too
	return p.ProcessState.ExitCode()
}

func (p *process) finder(client *govmomi.Client) *find.Finder {
	p.Helper()
	finder := find.NewFinder(client.Client)
	datacenter, err := finder.DefaultDatacenter(p.ctx)
	if err != nil {
		p.Fatal(err)
	}
	return finder.SetDatacenter(datacenter)
}

func (p *process) anyVM(client *govmomi.Client) *object.VirtualMachine {
	p.Helper()
	vms, err := p.finder(client).VirtualMachineList(p.ctx, "*")
	if err != nil {
		p.Fatal(err)
	}
	return vms[0]
}

func (p *process) vmFolder(client *govmomi.Client) *object.Folder {
	p.Helper()
	folder, err := p.finder(client).DefaultFolder(p.ctx)
	if err != nil {
		p.Fatal(err)
	}
	return folder
}

func TestItEndsQuietlyOnSIGTERMAndSIGINTWhileAClientWaits(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
		p := startProcess(t, "-dc", "0")
		client, err := dial(p.ctx, p.url, p.certificate(), anyone)
		if err != nil {
			t.Fatal(err)
		}
		changed := make(chan error, 1)
		waiting := make(chan struct{})
		go func() {
			first := true
			changed <- property.Wait(p.ctx, property.DefaultCollector(client.Client), client.ServiceContent.RootFolder, []string{"name"},
				func([]types.PropertyChange) bool {
					if first {
						close(waiting)
					}
					first = false
					return false
				})
		}()
		<-waiting
		asked := time.Now()
		if err := p.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		is(t, "exit code", p.wait(), 0)
		is(t, "stderr", p.stderr.String(), "")
		if took := time.Since(asked); took > 5*time.Second {
			t.Errorf("%s: took %s to end", signal, took)
		}
		if err := <-changed; err == nil {
			t.Error("the client's wait ended without an error")
		}
	}
}

func TestWhatItPrintsFirstMeansThatItsCertificateIsWrittenAndItAnswers(t *testing.T) {
	p := startProcess(t, "-dc", "0")
	trusted := x509.NewCertPool()
	is(t, "a PEM certificate", trusted.AppendCertsFromPEM(p.certificate()), true)
	at, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	connection, err := tls.Dial("tcp", at.Host, &tls.Config{RootCAs: trusted})
	if err != nil {
		t.Fatal(err)
	}
	_ = connection.Close()
	beside, err := filepath.Glob(p.caFile + "?*")
	if err != nil {
		t.Fatal(err)
	}
	is(t, "files left beside it", beside, nil)
	is(t, "user in the URL, which ends in logs", at.User, nil)
}

func TestADelayedCloneRunsWhileItsSourceIsRead(t *testing.T) {
	p := startProcess(t, "-host", "1", "-standalone-host", "0", "-vm", "1", "-pg", "0",
		"-task-delay", "CloneVM_Task:1500,LockHandoff:0")
	client, err := dial(p.ctx, p.url, p.certificate(), anyone)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{T: t, ctx: p.ctx, client: client}
	vm, folder := p.anyVM(client), p.vmFolder(client)
	task, err := vm.Clone(p.ctx, folder, "clone", types.VirtualMachineCloneSpec{})
	l.must(err)
	is(t, "the source's features", isOn(l.config(vm).NestedHVEnabled), false)
	is(t, "its task meanwhile", read[mo.Task](l, task, "info").Info.State, types.TaskInfoStateRunning)
	l.do(task, nil)
}

func TestItServesOnLoopbackOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "localhost:0", "127.0.0.1"} {
		for _, flag := range []string{"-l", "-admin"} {
			p := command(t, "-l", "127.0.0.1:0", flag, address)
			said, err := p.Output()
			if err == nil || len(said) > 0 {
				t.Errorf("%s %s: serves: %s", flag, address, said)
			}
			if message := p.stderr.String(); !strings.Contains(message, flag+" "+address) || strings.Count(message, "\n") != 1 {
				t.Errorf("%s %s: %q", flag, address, message)
			}
		}
	}
}

func TestWhatIsInItsWayIsToldInOneLine(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, args := range [][]string{
		{"-l", taken.Addr().String()},
		{"-l", "127.0.0.1:0", "-admin", taken.Addr().String()},
		{"-l", "127.0.0.1:0", "-ca-file", "/nowhere/ca.pem"},
		{"-l", "127.0.0.1:0", "-limited", "reader:reads"},
		{"-l", "127.0.0.1:0", "-limited", "reader", "-username", "admin"},
		{"-l", "127.0.0.1:0", "extra"},
	} {
		p := command(t, append(args, "-dc", "0")...)
		if args[len(args)-1] == "extra" {
			p = command(t, args...)
		}
		said, err := p.Output()
		is(t, "stdout", string(said), "")
		if message := p.stderr.String(); err == nil || strings.Count(message, "\n") != 1 || !strings.HasPrefix(message, "vcenter: ") {
			t.Errorf("%v: %v %q", args, err, message)
		}
	}
}
