package validate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// Security checks every pod by the Pod Security Standards: by the level of its namespace, and, its
// ports of the node left out, by the level restricted. Then by what that level does not ask for.
func Security(overlay Overlay) ([]string, error) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return nil, err
	}
	var wrong []string
	for _, pods := range podsOf(overlay) {
		violations := func(level api.Level, spec *corev1.PodSpec) {
			version := api.LevelVersion{Level: level, Version: api.LatestVersion()}
			results := evaluator.EvaluatePod(version, &metav1.ObjectMeta{Labels: pods.labels}, spec)
			if result := policy.AggregateCheckResults(results); !result.Allowed {
				wrong = append(wrong, fmt.Sprintf("%s violates Pod Security %s: %s", pods.name, level, result.ForbiddenDetail()))
			}
		}
		if level, enforced := enforcedLevel(overlay, pods.namespace); enforced {
			violations(level, pods.spec)
		}
		inside := pods.spec.DeepCopy()
		for index := range inside.Containers {
			for port := range inside.Containers[index].Ports {
				inside.Containers[index].Ports[port].HostPort = 0
			}
		}
		violations(api.LevelRestricted, inside)
		if mounts := pods.spec.AutomountServiceAccountToken; mounts == nil || *mounts {
			wrong = append(wrong, pods.name+" has a token of the API")
		}
		for _, container := range pods.containers() {
			security := container.SecurityContext
			if security == nil || security.ReadOnlyRootFilesystem == nil || !*security.ReadOnlyRootFilesystem {
				wrong = append(wrong, container.Name+" can write to its root")
			}
		}
	}
	return wrong, nil
}

func enforcedLevel(overlay Overlay, namespace string) (api.Level, bool) {
	for _, it := range all[*corev1.Namespace](overlay) {
		if level, labelled := it.Labels[api.EnforceLevelLabel]; it.Name == namespace && labelled {
			return api.Level(level), true
		}
	}
	return "", false
}
