package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"

	mutations "github.com/open-policy-agent/gatekeeper/v3/apis/mutations/unversioned"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/mutators"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/types"
	admission "k8s.io/api/admission/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// Changes a Pod by every Assign in a file, in Gatekeeper's own mutation system, which asks the provider. Prints the Pod that comes of it as JSON.
func runMutate(asked endpoint, file, podText string) error {
	documents, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	providers, err := asked.providers()
	if err != nil {
		return err
	}
	system := mutation.NewSystem(mutation.SystemOpts{ProviderCache: providers, ClientCertWatcher: asked.certificate})
	for _, document := range bytes.Split(documents, []byte("\n---\n")) {
		if err := addAssign(system, document); err != nil {
			return err
		}
	}
	pod := &unstructured.Unstructured{}
	if err := pod.UnmarshalJSON([]byte(podText)); err != nil {
		return err
	}
	namespace := &core.Namespace{}
	namespace.Name = pod.GetNamespace()
	mutable := &types.Mutable{Object: pod, Namespace: namespace, Source: types.SourceTypeOriginal, Operation: admission.Create}
	if _, err := system.Mutate(context.Background(), mutable); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(pod)
}

// A document of another kind changes nothing.
func addAssign(system *mutation.System, document []byte) error {
	kind := struct{ Kind string }{}
	if err := yaml.Unmarshal(document, &kind); err != nil || kind.Kind != "Assign" {
		return err
	}
	assign := &mutations.Assign{}
	if err := yaml.UnmarshalStrict(document, assign); err != nil {
		return err
	}
	mutator, err := mutators.MutatorForAssign(assign)
	if err != nil {
		return err
	}
	return system.Upsert(mutator)
}
