package main

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"

	// REST endpoints (tags, content library, storage policies, tokens) that the Machine API's actuator logs in to.
	_ "github.com/vmware/govmomi/lookup/simulator"
	_ "github.com/vmware/govmomi/pbm/simulator"
	_ "github.com/vmware/govmomi/sts/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator"
)

// vcenter is a running stand-in.
type vcenter struct {
	// url is the SOAP endpoint, without credentials: this line ends in logs.
	url, faultsURL, caFile string
	certificate            []byte // PEM

	close func()
}

// loopback refuses an address that other machines reach: whoever reaches the fault endpoint rules the server.
func loopback(flag, address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s %s: %w", flag, address, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%s %s: this stand-in serves on loopback only, such as 127.0.0.1:8989", flag, address)
	}
	return nil
}

func (o options) check() error {
	errs := []error{loopback("-l", o.listen)}
	if o.admin != "" {
		errs = append(errs, loopback("-admin", o.admin))
	}
	if name, _, ok := strings.Cut(o.limited, ":"); o.limited != "" && (!ok || name == "") {
		errs = append(errs, errors.New("-limited: want user:password"))
	}
	if o.limited != "" && o.user == "" {
		errs = append(errs, errors.New("-limited: needs -username and -password too; without them any user is accepted"))
	}
	return errors.Join(errs...)
}

// serve starts the stand-in; when it returns, all of it listens.
func serve(o options) (*vcenter, error) {
	if err := free(o.listen); err != nil {
		return nil, err
	}
	m, err := model(o)
	if err != nil {
		return nil, err
	}
	taskFaults, cpus, judge := &taskFaults{}, newHostCPUs(), newAuthority(o.user)
	if o.gaps {
		newGaps(m.Map(), taskFaults, judge, cpus).fill()
		// More specific than the simulator's own pattern, so it is asked first.
		m.Service.ServeMux = http.NewServeMux()
		m.Service.ServeMux.Handle("POST "+vim25.Path, vmwareSwitches(http.HandlerFunc(m.Service.ServeSDK)))
	}
	v := &vcenter{}
	stopAdmin := func() {}
	if o.admin != "" {
		listener, err := net.Listen("tcp", o.admin)
		if err != nil {
			m.Remove()
			return nil, fmt.Errorf("-admin: %w", err)
		}
		endpoint := &http.Server{Handler: adminEndpoint(m.Service, taskFaults, cpus, judge)}
		go func() { _ = endpoint.Serve(listener) }() // always ends with an error, by Close
		stopAdmin = func() { _ = endpoint.Close() }
		v.faultsURL = "http://" + listener.Addr().String() + faultsPath
	}
	s := m.Service.NewServer()
	v.url = (&url.URL{Scheme: s.URL.Scheme, Host: s.URL.Host, Path: s.URL.Path}).String()
	v.certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	v.close = func() {
		stopAdmin()
		// Not Server.Close, which waits for requests to end: a client's wait for updates may have no end.
		_ = s.Config.Close()
		m.Remove()
	}
	if o.caFile != "" {
		if err := writeWhole(o.caFile, v.certificate); err != nil {
			v.close()
			return nil, fmt.Errorf("-ca-file: %w", err)
		}
		v.caFile = o.caFile
	}
	return v, nil
}

// free tells of an address that is taken: the simulator's own server panics there.
func free(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("-l: %w", err)
	}
	return listener.Close()
}

// writeWhole writes a file that is there whole or not at all: readers wait for it to appear.
func writeWhole(path string, content []byte) error {
	part, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = part.Write(content)
	err = errors.Join(err, part.Chmod(0o644), part.Close())
	if err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return nil
}

// model is the inventory to begin with, and the service around it.
func model(o options) (*simulator.Model, error) {
	m := simulator.VPX()
	m.Datacenter, m.Cluster, m.ClusterHost, m.Host = o.counts.datacenters, o.counts.clusters, o.counts.clusterHosts, o.counts.standaloneHosts
	m.Machine, m.Portgroup, m.Datastore, m.Autostart = o.counts.machines, o.counts.portGroups, o.counts.datastores, o.autostart
	m.DelayConfig.Delay, m.DelayConfig.MethodDelay = o.delay, o.methodDelay
	m.ServiceContent.About.ApiVersion = o.apiVersion
	// About.Version has three parts where ApiVersion has up to four.
	version := strings.Split(o.apiVersion, ".")
	m.ServiceContent.About.Version = strings.Join(version[:min(3, len(version))], ".")
	// These two are the library's globals.
	if len(o.taskDelay) > 0 {
		simulator.TaskDelay.MethodDelay = o.taskDelay
	}
	if o.trace {
		simulator.Trace, simulator.TraceFile = true, os.Stderr
	}
	var err error
	if o.load != "" {
		err = m.Load(o.load)
	} else {
		err = m.Create()
	}
	if err != nil {
		return nil, err
	}
	if o.sessionTimeout != "" {
		m.Map().OptionManager().UpdateOptions(&types.UpdateOptions{ChangedValue: []types.BaseOptionValue{
			&types.OptionValue{Key: "config.vmacore.soap.sessionTimeout", Value: o.sessionTimeout}}})
	}
	m.Service.TLS = new(tls.Config)
	m.Service.RegisterEndpoints = true
	m.Service.Listen = &url.URL{Host: o.listen}
	if o.user != "" {
		m.Service.Listen.User = url.UserPassword(o.user, o.password)
	}
	if name, password, ok := strings.Cut(o.limited, ":"); ok {
		m.Map().SessionManager().ValidLogin = func(l *types.Login) bool {
			return l.UserName == o.user && l.Password == o.password || l.UserName == name && l.Password == password
		}
	}
	return m, nil
}
