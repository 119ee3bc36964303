// Reads indexes as JSON lines and says what the clients that people run would take from each: crane, skopeo and Podman, and what containerd, the kubelet
// and Docker share. Their own libraries are linked, and choose; only Docker's loop around containerd's matcher is written anew.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/sirupsen/logrus"
)

// A manifest, an index or a configuration, as a registry serves it.
type stored struct {
	MediaType string `json:"mediaType"`
	Data      []byte `json:"data"`
}

// What a registry holds, by digest.
type store struct {
	contents map[string]stored
	// The manifest over each configuration; no two have the same.
	manifestOver map[string]string
}

func (s store) add(digest string, one stored) {
	s.contents[digest] = one
	var manifest ocispec.Manifest
	if json.Unmarshal(one.Data, &manifest) == nil && manifest.Config.Digest != "" {
		s.manifestOver[manifest.Config.Digest.String()] = digest
	}
}

func (s store) read(digest string) (stored, error) {
	found, ok := s.contents[digest]
	if !ok {
		return stored{}, fmt.Errorf("%s is not there", digest)
	}
	return found, nil
}

// One line of the input: content that all later lines may refer to, or questions about one index.
type question struct {
	ID         int               `json:"id"`
	Contents   map[string]stored `json:"contents"`
	References []string          `json:"references"`
	Platforms  []string          `json:"platforms"`
}

// What a client would run.
type choice struct {
	Client    string `json:"client"`
	Reference string `json:"reference"`
	Platform  string `json:"platform"`
	Digest    string `json:"digest"`
}

type answer struct {
	ID      int      `json:"id"`
	Choices []choice `json:"choices"`
}

// A client's answer is the digest of the manifest that it would run; an error means that it runs nothing.
type client struct {
	name   string
	choose func(registry store, reference, platform string) (string, error)
}

var clients = []client{
	{"crane", chooseAsCrane},
	{"skopeo copy", chooseAsSkopeoCopy},
	{"skopeo inspect", chooseAsSkopeoInspect},
	{"containerd", chooseAsContainerd},
	{"containerd, exactly", chooseAsContainerdStrictly},
	{"containerd/platforms", chooseByPlatforms},
}

func main() {
	log.SetFlags(0)
	logrus.SetOutput(io.Discard)
	registry := store{map[string]stored{}, map[string]string{}}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			log.Fatal(err)
		}
		for digest, one := range asked.Contents {
			registry.add(digest, one)
		}
		if len(asked.References) == 0 {
			continue
		}
		if err := out.Encode(answer{asked.ID, choicesOf(registry, asked)}); err != nil {
			log.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}

func choicesOf(registry store, asked question) []choice {
	choices := []choice{}
	for _, reference := range asked.References {
		for _, platform := range asked.Platforms {
			for _, one := range clients {
				if digest, err := one.choose(registry, reference, platform); err == nil {
					choices = append(choices, choice{one.name, reference, platform, digest})
				}
			}
		}
	}
	return choices
}
