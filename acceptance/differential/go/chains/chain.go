package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	cryptorand "crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"math/rand"
	"time"
)

type keys struct {
	leaf        crypto.Signer
	authorities []crypto.Signer
}

// Keys are made once: what differs from chain to chain is what certificates say.
func newKeys() keys {
	p256 := func() crypto.Signer {
		key, err := ecdsa.GenerateKey(elliptic.P256(), cryptorand.Reader)
		check(err)
		return key
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), cryptorand.Reader)
	check(err)
	_, edwards, err := ed25519.GenerateKey(cryptorand.Reader)
	check(err)
	primes, err := rsa.GenerateKey(cryptorand.Reader, 2048)
	check(err)
	return keys{p256(), []crypto.Signer{p256(), p256(), p384, p256(), edwards, primes}}
}

// A certificate that was made, with the key that it is for.
type issued struct {
	template *x509.Certificate
	key      crypto.Signer
	der      []byte
}

type maker struct {
	*rand.Rand
	keys     keys
	purpose  string
	oddities []string
	serial   int64
}

func (m *maker) one(likelihood int) bool { return m.Intn(likelihood) == 0 }

func (m *maker) note(format string, args ...any) {
	m.oddities = append(m.oddities, fmt.Sprintf(format, args...))
}

func newChain(random *rand.Rand, keys keys) line {
	m := &maker{Rand: random, keys: keys, purpose: "codeSigning", oddities: []string{}}
	if m.one(3) {
		m.purpose = "timeStamping"
	}
	depth := m.Intn(4)
	path := []issued{m.authority("root", nil, depth)}
	for level := range depth {
		path = append(path, m.authority(fmt.Sprintf("authority %d", level+1), &path[level], depth-level-1))
	}
	leaf := m.leaf(path[depth])
	made := line{Purpose: m.purpose, Leaf: leaf.der, Intermediates: [][]byte{}, Others: [][]byte{}}
	// The anchor need not be a root: who trusts an authority below it trusts it as it is.
	anchor := 0
	if depth > 0 && m.one(10) {
		anchor = 1
		m.note("the anchor is not self-signed")
	}
	made.Anchor = path[anchor].der
	for level := depth; level > anchor; level-- {
		if m.one(60) {
			m.note("authority %d is missing", level)
			continue
		}
		made.Intermediates = append(made.Intermediates, path[level].der)
	}
	if m.one(8) {
		m.note("a stranger's root is beside it")
		made.Others = append(made.Others, m.authority("root", nil, 0).der)
	}
	if m.one(20) && depth > 0 {
		m.note("an authority stands twice, the second time by another")
		twin := m.authority(fmt.Sprintf("authority %d", depth), &path[m.Intn(depth)], 0)
		made.Others = append(made.Others, twin.der)
	}
	key, err := x509.MarshalPKCS8PrivateKey(keys.leaf)
	check(err)
	made.Key = key
	made.Oddities = m.oddities
	return made
}

func (m *maker) authority(name string, parent *issued, below int) issued {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name, Organization: []string{"acme"}},
		NotBefore:             at.AddDate(-1, 0, 0),
		NotAfter:              at.AddDate(1, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	m.spoilWindow(template, name)
	m.spoilPathLength(template, name, below)
	m.spoilNames(template, name)
	if m.one(4) {
		m.purposes(template, name)
	}
	if m.one(15) {
		template.KeyUsage = []x509.KeyUsage{0, x509.KeyUsageDigitalSignature, x509.KeyUsageCRLSign, x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}[m.Intn(4)]
		m.note("%s has the key usage %d", name, template.KeyUsage)
	}
	if m.one(25) {
		template.IsCA, template.MaxPathLen, template.MaxPathLenZero = false, 0, false
		template.BasicConstraintsValid = m.one(2)
		m.note("%s is no authority", name)
	}
	m.spoilExtensions(template, name)
	return m.issue(template, m.keys.authorities[m.Intn(len(m.keys.authorities))], parent)
}

func (m *maker) leaf(parent issued) issued {
	template := &x509.Certificate{
		Subject:        pkix.Name{CommonName: "release"},
		EmailAddresses: []string{"release@acme.example"},
		NotBefore:      at.Add(-time.Hour),
		NotAfter:       at.Add(time.Hour),
		KeyUsage:       x509.KeyUsageDigitalSignature,
		ExtKeyUsage:    []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	if m.purpose == "timeStamping" {
		template.ExtKeyUsage = nil
		template.ExtraExtensions = []pkix.Extension{purposeExtension(true, x509.ExtKeyUsageTimeStamping)}
	}
	m.spoilWindow(template, "the leaf")
	if m.one(12) {
		template.ExtraExtensions = nil
		m.purposes(template, "the leaf")
	}
	if m.one(20) {
		template.KeyUsage = []x509.KeyUsage{0, x509.KeyUsageCertSign, x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}[m.Intn(3)]
		m.note("the leaf has the key usage %d", template.KeyUsage)
	}
	if m.one(20) {
		template.BasicConstraintsValid = true
		template.IsCA = m.one(2)
		m.note("the leaf says whether it is an authority: %t", template.IsCA)
	}
	if m.one(15) {
		template.Subject = pkix.Name{}
		m.note("the leaf has no subject")
	}
	m.spoilExtensions(template, "the leaf")
	return m.issue(template, m.keys.leaf, &parent)
}

func (m *maker) spoilWindow(template *x509.Certificate, name string) {
	switch {
	case m.one(40):
		template.NotAfter = at
	case m.one(40):
		template.NotBefore = at
	case m.one(30):
		template.NotAfter = at.Add(-time.Second)
	case m.one(30):
		template.NotBefore = at.Add(time.Second)
	default:
		return
	}
	m.note("%s is valid from %s to %s", name, template.NotBefore.Format(time.RFC3339), template.NotAfter.Format(time.RFC3339))
}

func (m *maker) spoilPathLength(template *x509.Certificate, name string, below int) {
	if !m.one(3) {
		return
	}
	template.MaxPathLen = below
	if m.one(4) {
		template.MaxPathLen = m.Intn(3)
		m.note("%s has the path length %d, and %d authorities below it", name, template.MaxPathLen, below)
	}
	template.MaxPathLenZero = template.MaxPathLen == 0
}

func (m *maker) spoilNames(template *x509.Certificate, name string) {
	if !m.one(12) {
		return
	}
	template.PermittedDNSDomainsCritical = m.one(2)
	kind := m.Intn(6)
	switch kind {
	case 0:
		template.PermittedEmailAddresses = []string{"acme.example"}
	case 1:
		template.PermittedEmailAddresses = []string{"other.example"}
	case 2:
		template.ExcludedEmailAddresses = []string{"release@acme.example"}
	case 3:
		template.PermittedDNSDomains = []string{"acme.example"}
	case 4:
		template.ExcludedURIDomains = []string{".acme.example"}
	case 5:
		template.ExcludedDNSDomains = []string{""}
	}
	m.note("%s has name constraints %d, critical: %t", name, kind, template.PermittedDNSDomainsCritical)
}

func (m *maker) purposes(template *x509.Certificate, name string) {
	list := [][]x509.ExtKeyUsage{
		{x509.ExtKeyUsageCodeSigning},
		{x509.ExtKeyUsageTimeStamping},
		{x509.ExtKeyUsageAny},
		{x509.ExtKeyUsageServerAuth},
		{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageCodeSigning, x509.ExtKeyUsageTimeStamping},
		{x509.ExtKeyUsageEmailProtection, x509.ExtKeyUsageAny},
		nil,
	}[m.Intn(7)]
	template.ExtKeyUsage = nil
	if list != nil {
		template.ExtraExtensions = append(template.ExtraExtensions, purposeExtension(m.one(3), list...))
	} else if m.one(2) {
		template.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 99999, 1}}
	}
	m.note("%s has the purposes %v", name, list)
}

func (m *maker) spoilExtensions(template *x509.Certificate, name string) {
	if !m.one(12) {
		return
	}
	odd := oddExtensions[m.Intn(len(oddExtensions))]
	template.ExtraExtensions = append(template.ExtraExtensions, odd)
	m.note("%s has the extension %s, critical: %t, %x", name, odd.Id, odd.Critical, odd.Value)
}

func (m *maker) issue(template *x509.Certificate, key crypto.Signer, parent *issued) issued {
	m.serial++
	template.SerialNumber = big.NewInt(m.serial)
	by := issued{template, key, nil}
	if parent != nil {
		by = *parent
	}
	signer := by.key
	parentTemplate := *by.template
	switch {
	case m.one(60):
		m.note("%s is signed by another key", template.Subject.CommonName)
		signer = m.keys.authorities[m.Intn(len(m.keys.authorities))]
	case m.one(60):
		m.note("%s names another issuer", template.Subject.CommonName)
		parentTemplate.Subject = pkix.Name{CommonName: "somebody else"}
	}
	// What Go would write or refuse by itself is the input's to decide.
	parentTemplate.PublicKey = nil
	der, err := x509.CreateCertificate(cryptorand.Reader, template, &parentTemplate, key.Public(), signer)
	check(err)
	if m.one(80) {
		m.note("%s has a wrong signature", template.Subject.CommonName)
		der[len(der)-1] ^= 1
	}
	return issued{template, key, der}
}
