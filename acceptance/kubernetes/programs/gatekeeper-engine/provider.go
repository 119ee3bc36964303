package main

import (
	"encoding/base64"
	"os"

	"github.com/open-policy-agent/frameworks/constraint/pkg/apis/externaldata/unversioned"
	"github.com/open-policy-agent/frameworks/constraint/pkg/externaldata"
	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
)

// The provider at a URL whose certificate is from the authority in a file, and the certificate that Gatekeeper shows it.
type endpoint struct {
	provider    *unversioned.Provider
	certificate *certwatcher.CertWatcher
}

func readEndpoint(url, caFile, certFile, keyFile string) (endpoint, error) {
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return endpoint{}, err
	}
	certificate, err := certwatcher.New(certFile, keyFile)
	if err != nil {
		return endpoint{}, err
	}
	provider := &unversioned.Provider{}
	provider.Name = "sigtrail"
	provider.Spec = unversioned.ProviderSpec{URL: url, Timeout: 5, CABundle: base64.StdEncoding.EncodeToString(ca)}
	return endpoint{provider, certificate}, nil
}

// The list of providers, as Gatekeeper keeps it, with this one in it.
func (e endpoint) providers() (*externaldata.ProviderCache, error) {
	providers := externaldata.NewCache()
	return providers, providers.Upsert(e.provider)
}
