// Asks a provider as Gatekeeper does, by Gatekeeper's own client: `gatekeeper-client URL CA CERT KEY TIMEOUT KEYS...` prints the response as JSON.
package main

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/open-policy-agent/frameworks/constraint/pkg/apis/externaldata/unversioned"
	"github.com/open-policy-agent/frameworks/constraint/pkg/externaldata"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) > 0 && args[0] == "template" {
		return runTemplate(args[1:])
	}
	if len(args) < 5 {
		return fmt.Errorf("usage: gatekeeper-client URL CA CERT KEY TIMEOUT KEYS...")
	}
	ca, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	cert, err := tls.LoadX509KeyPair(args[2], args[3])
	if err != nil {
		return err
	}
	timeout, err := strconv.Atoi(args[4])
	if err != nil {
		return err
	}
	provider := &unversioned.Provider{}
	provider.Name = "sigtrail"
	provider.Spec = unversioned.ProviderSpec{URL: args[0], Timeout: timeout, CABundle: base64.StdEncoding.EncodeToString(ca)}
	answer, status, err := externaldata.DefaultSendRequestToProvider(context.Background(), provider, args[5:], &cert)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"status": status, "response": answer.Response})
}
