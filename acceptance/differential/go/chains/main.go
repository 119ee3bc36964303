// Makes certificate chains, some of which a certificate authority may not have issued so, and says of each what crypto/x509 makes of it with the options
// that cosign and its timestamp verification use. `chains COUNT SEED` prints JSON lines.
package main

import (
	"crypto/x509"
	"encoding/json"
	"log"
	"math/rand"
	"os"
	"strconv"
	"time"
)

// One line of the output; certificates and keys are DER.
type line struct {
	ID int `json:"id"`
	// What the leaf is to be used for: codeSigning or timeStamping.
	Purpose string `json:"purpose"`
	At      string `json:"at"`
	Key     []byte `json:"key"`
	Leaf    []byte `json:"leaf"`
	// Certificates that lead from the leaf to the anchor, the leaf's issuer first.
	Intermediates [][]byte `json:"intermediates"`
	Anchor        []byte   `json:"anchor"`
	// Certificates that a stranger put beside them.
	Others [][]byte `json:"others"`
	// Why Go refuses the leaf; empty where it accepts it.
	Refusal string `json:"refusal"`
	// What is unusual about the chain.
	Oddities []string `json:"oddities"`
}

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: chains COUNT SEED")
	}
	count, err := strconv.Atoi(os.Args[1])
	check(err)
	seed, err := strconv.ParseInt(os.Args[2], 10, 64)
	check(err)
	keys := newKeys()
	out := json.NewEncoder(os.Stdout)
	for number := range count {
		id := int(seed) + number
		made := newChain(rand.New(rand.NewSource(int64(id))), keys)
		made.ID = id
		made.At = at.Format(time.RFC3339)
		made.Refusal = refusalOf(made)
		check(out.Encode(made))
	}
}

// As cosign's TrustedCert and as timestamp-authority's VerifyTimestampResponse ask.
func refusalOf(made line) string {
	leaf, err := x509.ParseCertificate(made.Leaf)
	if err != nil {
		return err.Error()
	}
	anchor, err := x509.ParseCertificate(made.Anchor)
	if err != nil {
		return err.Error()
	}
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(anchor)
	for _, der := range append(made.Intermediates, made.Others...) {
		// One that Go can't read leads nowhere in Go.
		if one, err := x509.ParseCertificate(der); err == nil {
			intermediates.AddCert(one)
		}
	}
	usage := x509.ExtKeyUsageCodeSigning
	if made.Purpose == "timeStamping" {
		usage = x509.ExtKeyUsageTimeStamping
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: intermediates,
		CurrentTime:   at,
		KeyUsages:     []x509.ExtKeyUsage{usage},
	})
	if err != nil {
		return err.Error()
	}
	return ""
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
