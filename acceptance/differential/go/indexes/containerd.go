package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/platforms"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// What containerd runs, and with it the kubelet and nerdctl: images.Manifest, with what a host of this platform is able to run.
func chooseAsContainerd(registry store, reference, platform string) (string, error) {
	return manifestFor(registry, reference, platform, platforms.Only)
}

// The same for `ctr --platform` and `nerdctl --platform`, which take no lesser platform.
func chooseAsContainerdStrictly(registry store, reference, platform string) (string, error) {
	return manifestFor(registry, reference, platform, platforms.OnlyStrict)
}

func manifestFor(registry store, reference, platform string, matcher func(ocispec.Platform) platforms.MatchComparer) (string, error) {
	wanted, err := platforms.Parse(platform)
	if err != nil {
		return "", err
	}
	found, err := registry.read(reference)
	if err != nil {
		return "", err
	}
	target := ocispec.Descriptor{MediaType: found.MediaType, Digest: digest.Digest(reference), Size: int64(len(found.Data))}
	chosen, err := images.Manifest(context.Background(), provider{registry}, target, matcher(wanted))
	if err != nil {
		return "", err
	}
	return registry.over(chosen.Config.Digest)
}

func (s store) over(config digest.Digest) (string, error) {
	manifest, ok := s.manifestOver[config.String()]
	if !ok {
		return "", fmt.Errorf("no manifest has the configuration %q", config)
	}
	return manifest, nil
}

// Content in memory.
type provider struct{ registry store }

type reader struct{ *bytes.Reader }

func (reader) Close() error { return nil }

func (p provider) ReaderAt(_ context.Context, wanted ocispec.Descriptor) (content.ReaderAt, error) {
	found, err := p.registry.read(wanted.Digest.String())
	if err != nil {
		return nil, err
	}
	return reader{bytes.NewReader(found.Data)}, nil
}

// What Docker's classic image store takes, which has a loop of its own around containerd's matcher: the best match, an entry without a platform last.
func chooseByPlatforms(registry store, reference, platform string) (string, error) {
	wanted, err := platforms.Parse(platform)
	if err != nil {
		return "", err
	}
	matcher := platforms.Only(platforms.Normalize(wanted))
	for range 10 {
		found, err := registry.read(reference)
		if err != nil {
			return "", err
		}
		if images.IsManifestType(found.MediaType) {
			var manifest ocispec.Manifest
			if err := json.Unmarshal(found.Data, &manifest); err != nil {
				return "", err
			}
			return registry.over(manifest.Config.Digest)
		}
		if !images.IsIndexType(found.MediaType) {
			return "", fmt.Errorf("%s is neither an index nor a manifest: %s", reference, found.MediaType)
		}
		var index ocispec.Index
		if err := json.Unmarshal(found.Data, &index); err != nil {
			return "", err
		}
		matching := slices.DeleteFunc(index.Manifests, func(one ocispec.Descriptor) bool {
			return one.Platform != nil && !matcher.Match(*one.Platform)
		})
		slices.SortStableFunc(matching, func(a, b ocispec.Descriptor) int {
			switch {
			case b.Platform == nil && a.Platform == nil:
				return 0
			case b.Platform == nil || (a.Platform != nil && matcher.Less(*a.Platform, *b.Platform)):
				return -1
			case a.Platform == nil || matcher.Less(*b.Platform, *a.Platform):
				return 1
			}
			return 0
		})
		if len(matching) == 0 {
			return "", fmt.Errorf("%s has nothing for %s", reference, platform)
		}
		reference = matching[0].Digest.String()
	}
	return "", fmt.Errorf("%s is nested too deeply", reference)
}
