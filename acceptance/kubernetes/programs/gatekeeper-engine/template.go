package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"

	templates "github.com/open-policy-agent/frameworks/constraint/pkg/apis/templates/v1"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

const target = "admission.k8s.gatekeeper.sh"

// Reviews a Pod by the first document of a file, a constraint template, in Gatekeeper's own engine, which asks the provider. Prints the violations as JSON.
func runTemplate(asked endpoint, file, podText string) error {
	document, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	template := &templates.ConstraintTemplate{}
	if err := yaml.UnmarshalStrict(bytes.SplitN(document, []byte("\n---\n"), 2)[0], template); err != nil {
		return err
	}
	versionless, err := template.ToVersionless()
	if err != nil {
		return err
	}
	providers, err := asked.providers()
	if err != nil {
		return err
	}
	driver, err := rego.New(
		rego.AddExternalDataProviderCache(providers),
		rego.EnableExternalDataClientAuth(),
		rego.AddExternalDataClientCertWatcher(asked.certificate),
	)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := driver.AddTemplate(ctx, versionless); err != nil {
		return err
	}
	constraint := &unstructured.Unstructured{Object: map[string]any{}}
	constraint.SetAPIVersion("constraints.gatekeeper.sh/v1beta1")
	constraint.SetKind(template.Spec.CRD.Spec.Names.Kind)
	constraint.SetName("sigtrail")
	if err := driver.AddConstraint(ctx, constraint); err != nil {
		return err
	}
	var pod map[string]any
	if err := json.Unmarshal([]byte(podText), &pod); err != nil {
		return err
	}
	answer, err := driver.Query(ctx, target, []*unstructured.Unstructured{constraint}, map[string]any{"object": pod})
	if err != nil {
		return err
	}
	messages := []string{}
	for _, result := range answer.Results {
		messages = append(messages, result.Msg)
	}
	return json.NewEncoder(os.Stdout).Encode(messages)
}
