// Package validate builds the Kustomize overlays of this repository and checks what they make.
package validate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// Overlay is what one overlay makes: objects of the types of Kubernetes.
type Overlay []runtime.Object

// Build runs Kustomize on a folder, and decodes its objects.
func Build(folder string) (Overlay, error) {
	text, err := render(folder)
	if err != nil {
		return nil, err
	}
	return Decode(text)
}

func render(folder string) ([]byte, error) {
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, err
	}
	return made.AsYaml()
}

// Decode reads objects, one a YAML document. A kind that is not known, a field that its type
// does not have or that is there twice, and a value of another type are errors.
func Decode(text []byte) (Overlay, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, autoscalingv2.AddToScheme,
		networkingv1.AddToScheme, policyv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	documents := yaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(text)))
	defer documents.Close()
	var overlay Overlay
	document := make([]byte, len(text)+1)
	for {
		length, err := documents.Read(document)
		if errors.Is(err, io.EOF) {
			return overlay, nil
		}
		if err != nil {
			return nil, err
		}
		object, _, err := decoder.Decode(document[:length], nil, nil)
		if err != nil {
			return nil, fmt.Errorf("%w in:\n%s", err, strings.TrimSpace(string(document[:length])))
		}
		overlay = append(overlay, object)
	}
}

// all returns the objects of one type.
func all[T runtime.Object](overlay Overlay) []T {
	var found []T
	for _, object := range overlay {
		if typed, ok := object.(T); ok {
			found = append(found, typed)
		}
	}
	return found
}
