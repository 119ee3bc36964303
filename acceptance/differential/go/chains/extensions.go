package main

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"strconv"
	"strings"
)

var purposeIdentifiers = map[x509.ExtKeyUsage]asn1.ObjectIdentifier{
	x509.ExtKeyUsageAny:             {2, 5, 29, 37, 0},
	x509.ExtKeyUsageServerAuth:      {1, 3, 6, 1, 5, 5, 7, 3, 1},
	x509.ExtKeyUsageCodeSigning:     {1, 3, 6, 1, 5, 5, 7, 3, 3},
	x509.ExtKeyUsageEmailProtection: {1, 3, 6, 1, 5, 5, 7, 3, 4},
	x509.ExtKeyUsageTimeStamping:    {1, 3, 6, 1, 5, 5, 7, 3, 8},
}

func purposeExtension(critical bool, purposes ...x509.ExtKeyUsage) pkix.Extension {
	identifiers := []asn1.ObjectIdentifier{}
	for _, purpose := range purposes {
		identifiers = append(identifiers, purposeIdentifiers[purpose])
	}
	value, err := asn1.Marshal(identifiers)
	check(err)
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: critical, Value: value}
}

// Extensions that are unknown, or known and written oddly. One that a template has already stands twice then.
var oddExtensions = []pkix.Extension{
	odd("1.3.6.1.4.1.99999.2", true, "0500"),
	odd("1.3.6.1.4.1.99999.2", false, "0500"),
	odd("2.5.29.36", true, "3003800100"),                                       // policyConstraints
	odd("2.5.29.54", true, "020100"),                                           // inhibitAnyPolicy
	odd("2.5.29.32", true, "3006300406025500"),                                 // certificatePolicies, malformed
	odd("2.5.29.32", true, "3008300606042a030405"),                             // certificatePolicies
	odd("2.5.29.33", true, "300e300c06042a03040506042a030406"),                 // policyMappings
	odd("2.5.29.15", true, "030100"),                                           // keyUsage without a bit
	odd("2.5.29.15", true, "03020700"),                                         // keyUsage, a zero written out
	odd("2.5.29.15", true, "03020780"),                                         // keyUsage, digitalSignature
	odd("2.5.29.15", true, "03020204"),                                         // keyUsage, keyCertSign
	odd("2.5.29.15", true, "0303070006"),                                       // keyUsage, bits beyond the last
	odd("2.5.29.37", true, "3000"),                                             // extKeyUsage, empty
	odd("2.5.29.37", true, "300a06082b06010505070303"),                         // extKeyUsage, codeSigning
	odd("2.5.29.37", true, "300a06082b06010505070308"),                         // extKeyUsage, timeStamping
	odd("2.5.29.19", true, "3000"),                                             // basicConstraints, no authority
	odd("2.5.29.19", true, "3003010100"),                                       // basicConstraints, FALSE written out
	odd("2.5.29.19", true, "30030101ff"),                                       // basicConstraints, an authority
	odd("2.5.29.19", true, "3003010101"),                                       // basicConstraints, a TRUE that is not DER's
	odd("2.5.29.19", true, "30060101ff020100"),                                 // basicConstraints, no authority below
	odd("2.5.29.19", true, "30060101ff0201ff"),                                 // basicConstraints, a negative path length
	odd("2.5.29.19", true, "300b0101ff0206010000000000"),                       // basicConstraints, a path length of 41 bits
	odd("2.5.29.19", false, "3003020100"),                                      // basicConstraints, a path length of no authority
	odd("2.5.29.30", true, "3000"),                                             // nameConstraints, empty
	odd("2.5.29.30", false, "300fa00d300b810961636d652e74657374"),              // nameConstraints, an address's
	odd("2.5.29.30", false, "a000"),                                            // nameConstraints, malformed
	odd("2.5.29.17", true, "3016811472656c656173654061636d652e6578616d706c65"), // subjectAltName again
	odd("1.3.6.1.5.5.7.1.1", true, "3000"),                                     // authorityInfoAccess
	odd("2.5.29.14", true, "0400"),                                             // subjectKeyIdentifier
	odd("2.5.29.35", true, "3000"),                                             // authorityKeyIdentifier
	odd("1.3.6.1.4.1.11129.2.4.3", true, "0500"),                               // the poison of a precertificate
}

func odd(identifier string, critical bool, value string) pkix.Extension {
	bytes, err := hex.DecodeString(value)
	check(err)
	id := asn1.ObjectIdentifier{}
	for _, part := range strings.Split(identifier, ".") {
		number, err := strconv.Atoi(part)
		check(err)
		id = append(id, number)
	}
	return pkix.Extension{Id: id, Critical: critical, Value: bytes}
}
