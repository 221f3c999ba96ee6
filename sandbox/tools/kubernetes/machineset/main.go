// Command machineset runs OpenShift's MachineSet controller and the Machine API's admission webhooks on loopback.
//
// The operator's own command of this name has no flag for the webhook server's address and listens on every
// interface. The controller, the defaulters and the validators here are the operator's; only this file is ours.
package main

import (
	"flag"
	"log"
	"time"

	apifeatures "github.com/openshift/api/features"
	machinev1 "github.com/openshift/api/machine/v1beta1"
	"github.com/openshift/library-go/pkg/features"
	"github.com/openshift/machine-api-operator/pkg/controller"
	"github.com/openshift/machine-api-operator/pkg/controller/machineset"
	"github.com/openshift/machine-api-operator/pkg/webhooks"
	"k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

// loopback is where everything in the sandbox listens.
const loopback = "127.0.0.1"

// resync is how often the controller looks at everything again, as in the operator's command.
const resync = 10 * time.Minute

func main() {
	ctrl.SetLogger(klog.NewKlogr())
	klog.InitFlags(nil)
	namespace := flag.String("namespace", "", "namespace of the Machines")
	health := flag.String("health-addr", loopback+":0", "address of /healthz and /readyz")
	port := flag.Int("webhook-port", 0, "port of the admission webhooks")
	certificates := flag.String("webhook-cert-dir", "", "folder with the webhooks' tls.crt and tls.key")
	gate := feature.DefaultMutableFeatureGate
	// Gates keep the defaults of the operator's command.
	if _, err := features.NewFeatureGateOptions(gate, apifeatures.SelfManaged, apifeatures.FeatureGateMachineAPIMigration,
		apifeatures.FeatureGateVSphereHostVMGroupZonal, apifeatures.FeatureGateVSphereMultiDisk); err != nil {
		log.Fatal(err)
	}
	flag.Parse() // controller-runtime has added --kubeconfig

	period := resync
	options := manager.Options{
		Metrics:                server.Options{BindAddress: "0"},
		Cache:                  cache.Options{SyncPeriod: &period, DefaultNamespaces: map[string]cache.Config{*namespace: {}}},
		HealthProbeBindAddress: *health,
		WebhookServer:          webhook.NewServer(webhook.Options{Host: loopback, Port: *port, CertDir: *certificates}),
	}
	mgr, err := manager.New(ctrl.GetConfigOrDie(), options)
	if err != nil {
		log.Fatal(err)
	}
	for _, step := range []func() error{
		func() error { return machinev1.Install(mgr.GetScheme()) },
		func() error { return admission(mgr, gate) },
		func() error { return controller.AddToManagerWithFeatureGates(mgr, options, gate, machineset.Add) },
		func() error { return mgr.AddReadyzCheck("ping", healthz.Ping) },
		func() error { return mgr.AddHealthzCheck("ping", healthz.Ping) },
		func() error { return mgr.Start(ctrl.SetupSignalHandler()) },
	} {
		if err := step(); err != nil {
			log.Fatal(err)
		}
	}
}

// admission serves the operator's four webhooks at the paths that its configurations name.
func admission(mgr manager.Manager, gate featuregate.MutableFeatureGate) error {
	defaultMachine, err := webhooks.NewMachineDefaulter()
	if err != nil {
		return err
	}
	validateMachine, err := webhooks.NewMachineValidator(mgr.GetClient(), gate)
	if err != nil {
		return err
	}
	defaultSet, err := webhooks.NewMachineSetDefaulter()
	if err != nil {
		return err
	}
	validateSet, err := webhooks.NewMachineSetValidator(mgr.GetClient(), gate)
	if err != nil {
		return err
	}
	hooks := mgr.GetWebhookServer()
	hooks.Register(webhooks.DefaultMachineMutatingHookPath, &webhook.Admission{Handler: defaultMachine})
	hooks.Register(webhooks.DefaultMachineValidatingHookPath, &webhook.Admission{Handler: validateMachine})
	hooks.Register(webhooks.DefaultMachineSetMutatingHookPath, &webhook.Admission{Handler: defaultSet})
	hooks.Register(webhooks.DefaultMachineSetValidatingHookPath, &webhook.Admission{Handler: validateSet})
	return nil
}
