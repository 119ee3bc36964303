package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/opencontainers/go-digest"
	"go.podman.io/image/v5/docker"
	"go.podman.io/image/v5/image"
	"go.podman.io/image/v5/manifest"
	"go.podman.io/image/v5/types"
)

// What `skopeo copy`, `podman pull` and CRI-O write: copy.Image chooses once from a list, and opens what it chose as an image.
func chooseAsSkopeoCopy(registry store, reference, platform string) (string, error) {
	source, system := newSource(registry, reference), systemOf(platform)
	unparsed := image.UnparsedInstance(source, nil)
	bytes, mediaType, err := unparsed.Manifest(context.Background())
	if err != nil {
		return "", err
	}
	if manifest.MIMETypeIsMultiImage(mediaType) {
		list, err := manifest.ListFromBlob(bytes, mediaType)
		if err != nil {
			return "", err
		}
		chosen, err := list.ChooseInstance(system)
		if err != nil {
			return "", err
		}
		unparsed = image.UnparsedInstance(source, &chosen)
	}
	return source.open(system, unparsed)
}

// What `skopeo inspect` describes: it opens the list itself as an image.
func chooseAsSkopeoInspect(registry store, reference, platform string) (string, error) {
	source := newSource(registry, reference)
	return source.open(systemOf(platform), image.UnparsedInstance(source, nil))
}

func systemOf(platform string) *types.SystemContext {
	parts := append(strings.Split(platform, "/"), "")
	return &types.SystemContext{OSChoice: parts[0], ArchitectureChoice: parts[1], VariantChoice: parts[2]}
}

// An image source in memory that remembers which manifest was read last: the one that an image is opened from.
type source struct {
	registry store
	root     string
	last     string
}

func newSource(registry store, reference string) *source {
	return &source{registry: registry, root: reference}
}

func (s *source) open(system *types.SystemContext, unparsed *image.UnparsedImage) (string, error) {
	opened, err := image.FromUnparsedImage(context.Background(), system, unparsed)
	if err != nil {
		return "", err
	}
	if opened.ConfigInfo().Digest == "" {
		return "", fmt.Errorf("%s has no configuration", s.last)
	}
	return s.last, nil
}

func (s *source) GetManifest(_ context.Context, instance *digest.Digest) ([]byte, string, error) {
	asked := s.root
	if instance != nil {
		asked = instance.String()
	}
	found, err := s.registry.read(asked)
	if err != nil {
		return nil, "", err
	}
	s.last = asked
	return found.Data, found.MediaType, nil
}

func (s *source) GetBlob(_ context.Context, info types.BlobInfo, _ types.BlobInfoCache) (io.ReadCloser, int64, error) {
	found, err := s.registry.read(info.Digest.String())
	if err != nil {
		return nil, 0, err
	}
	return io.NopCloser(bytes.NewReader(found.Data)), int64(len(found.Data)), nil
}

func (s *source) Reference() types.ImageReference {
	reference, err := docker.ParseReference("//registry.example/acme/app@" + s.root)
	if err != nil {
		panic(err)
	}
	return reference
}

func (s *source) Close() error               { return nil }
func (s *source) HasThreadSafeGetBlob() bool { return false }

func (s *source) GetSignatures(context.Context, *digest.Digest) ([][]byte, error) { return nil, nil }

func (s *source) LayerInfosForCopy(context.Context, *digest.Digest) ([]types.BlobInfo, error) {
	return nil, nil
}
