package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// What `crane pull --platform` writes: remote.Image is all that crane.Pull calls.
func chooseAsCrane(registry store, reference, platform string) (string, error) {
	wanted, err := v1.ParsePlatform(platform)
	if err != nil {
		return "", err
	}
	ref, err := name.NewDigest("registry.example/acme/app@" + reference)
	if err != nil {
		return "", err
	}
	image, err := remote.Image(ref, remote.WithPlatform(*wanted), remote.WithTransport(transport{registry}))
	if err != nil {
		return "", err
	}
	if _, err := image.ConfigName(); err != nil {
		return "", err
	}
	digest, err := image.Digest()
	return digest.String(), err
}

// A registry without a network.
type transport struct{ registry store }

func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	found, err := t.registry.read(path.Base(request.URL.Path))
	status, body := http.StatusNotFound, []byte{}
	if request.URL.Path == "/v2/" {
		status = http.StatusOK
	} else if err == nil {
		status, body = http.StatusOK, found.Data
	}
	header := http.Header{}
	header.Set("Content-Type", found.MediaType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", status, http.StatusText(status)),
		StatusCode:    status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       request,
	}, nil
}
