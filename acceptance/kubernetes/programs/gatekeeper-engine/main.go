// Asks a provider as Gatekeeper does, by Gatekeeper's own code: `gatekeeper-engine ask URL CA CERT KEY KEYS...` prints the response as JSON, `template` judges a Pod by a
// constraint template, and `mutate` changes a Pod by mutations.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/open-policy-agent/frameworks/constraint/pkg/externaldata"
)

const usage = `usage: gatekeeper-engine ask      URL CA CERT KEY KEYS...
       gatekeeper-engine template URL CA CERT KEY FILE POD
       gatekeeper-engine mutate   URL CA CERT KEY FILE POD`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 6 {
		return fmt.Errorf(usage)
	}
	command, rest := args[0], args[5:]
	asked, err := readEndpoint(args[1], args[2], args[3], args[4])
	if err != nil {
		return err
	}
	switch {
	case command == "ask":
		return ask(asked, rest)
	case command == "template" && len(rest) == 2:
		return runTemplate(asked, rest[0], rest[1])
	case command == "mutate" && len(rest) == 2:
		return runMutate(asked, rest[0], rest[1])
	default:
		return fmt.Errorf(usage)
	}
}

func ask(asked endpoint, keys []string) error {
	certificate, err := asked.certificate.GetCertificate(nil)
	if err != nil {
		return err
	}
	answer, status, err := externaldata.DefaultSendRequestToProvider(context.Background(), asked.provider, keys, certificate)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"status": status, "response": answer.Response})
}
