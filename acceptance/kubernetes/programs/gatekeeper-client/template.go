package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"github.com/open-policy-agent/frameworks/constraint/pkg/apis/externaldata/unversioned"
	templates "github.com/open-policy-agent/frameworks/constraint/pkg/apis/templates/v1"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego"
	"github.com/open-policy-agent/frameworks/constraint/pkg/externaldata"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

const target = "admission.k8s.gatekeeper.sh"

// Reviews a Pod by the first document of a file, a constraint template, in Gatekeeper's own engine, which asks the provider: `gatekeeper-client template FILE URL CA POD`
// prints the violations as JSON.
func runTemplate(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("usage: gatekeeper-client template FILE URL CA POD")
	}
	document, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(args[2])
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
	provider := &unversioned.Provider{}
	provider.Name = "sigtrail"
	provider.Spec = unversioned.ProviderSpec{URL: args[1], Timeout: 5, CABundle: base64.StdEncoding.EncodeToString(ca)}
	providers := externaldata.NewCache()
	if err := providers.Upsert(provider); err != nil {
		return err
	}
	driver, err := rego.New(rego.AddExternalDataProviderCache(providers))
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
	if err := json.Unmarshal([]byte(args[3]), &pod); err != nil {
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
