package validate

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// Guide is docs/kubernetes.md: what it tells to create, and the environment of a service by overlay.
type Guide struct {
	Secrets      map[string][]string
	Environments map[string][]corev1.EnvVar
}

// ReadGuide reads it. A block of YAML that begins with `# env: OVERLAY, …` is an environment.
func ReadGuide(file string) (Guide, error) {
	guide := Guide{map[string][]string{}, map[string][]corev1.EnvVar{}}
	text, err := os.ReadFile(file)
	if err != nil {
		return guide, err
	}
	for _, secret := range creates.FindAllStringSubmatch(string(text), -1) {
		for _, key := range literal.FindAllStringSubmatch(secret[2], -1) {
			guide.Secrets[secret[1]] = append(guide.Secrets[secret[1]], key[1])
		}
	}
	for _, block := range environments.FindAllStringSubmatch(string(text), -1) {
		var variables []corev1.EnvVar
		if err := yaml.UnmarshalStrict([]byte(block[2]), &variables); err != nil {
			return guide, fmt.Errorf("the environment for %s: %w", block[1], err)
		}
		for overlay := range strings.SplitSeq(block[1], ", ") {
			guide.Environments[overlay] = variables
		}
	}
	return guide, nil
}

// Value resolves a variable as the kubelet does, with the keys of the Secret and the fields of the pod.
func Value(variables []corev1.EnvVar, name string, secret, fields map[string]string) string {
	known := map[string]string{}
	for _, variable := range variables {
		value := variable.Value
		if from := variable.ValueFrom; from != nil && from.SecretKeyRef != nil {
			value = secret[from.SecretKeyRef.Key]
		} else if from != nil && from.FieldRef != nil {
			value = fields[from.FieldRef.FieldPath]
		}
		for earlier, text := range known {
			value = strings.ReplaceAll(value, "$("+earlier+")", text)
		}
		known[variable.Name] = value
	}
	return known[name]
}

var (
	creates      = regexp.MustCompile(`kubectl create secret generic (\S+) ((?:.*\\\n)*.*)`)
	literal      = regexp.MustCompile(`--from-literal=([a-z-]+)=`)
	environments = regexp.MustCompile("(?s)```yaml\n# env: ([\\w, ]+)\n(.*?)```")
)
