// Verifies bundles with sigstore-go and prints how long each took, for `pnpm bench verify`.
//
// usage: peer TRUSTED_ROOT DIRECTORY
//
// DIRECTORY holds NAME.sigstore.json with NAME.artifact beside each. For every line on stdin, each bundle is read from its
// JSON text and verified, and one line of JSON with the milliseconds of each goes to stdout. Nothing but the trusted root
// and the verifier is kept between two.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
)

const (
	issuer  = "https://token.actions.githubusercontent.com"
	subject = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type sample struct {
	bundle   []byte
	artifact []byte
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: peer TRUSTED_ROOT DIRECTORY")
	}
	trusted, err := root.NewTrustedRootFromPath(args[0])
	if err != nil {
		return err
	}
	verifier, err := verify.NewVerifier(trusted,
		verify.WithSignedCertificateTimestamps(1), verify.WithTransparencyLog(1), verify.WithObserverTimestamps(1))
	if err != nil {
		return err
	}
	identity, err := verify.NewShortCertificateIdentity(issuer, "", subject, "")
	if err != nil {
		return err
	}
	samples, err := readSamples(args[1])
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var took []float64
		for _, one := range samples {
			started := time.Now()
			var parsed bundle.Bundle
			if err := parsed.UnmarshalJSON(one.bundle); err != nil {
				return err
			}
			policy := verify.NewPolicy(verify.WithArtifact(bytes.NewReader(one.artifact)), verify.WithCertificateIdentity(identity))
			if _, err := verifier.Verify(&parsed, policy); err != nil {
				return err
			}
			took = append(took, float64(time.Since(started).Nanoseconds())/1e6)
		}
		if err := json.NewEncoder(os.Stdout).Encode(took); err != nil {
			return err
		}
	}
	return lines.Err()
}

func readSamples(directory string) ([]sample, error) {
	names, err := filepath.Glob(filepath.Join(directory, "*.sigstore.json"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no bundles in %s", directory)
	}
	var samples []sample
	for _, name := range names {
		read, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		artifact, err := os.ReadFile(strings.TrimSuffix(name, ".sigstore.json") + ".artifact")
		if err != nil {
			return nil, err
		}
		samples = append(samples, sample{read, artifact})
	}
	return samples, nil
}
