package validate

import (
	"fmt"
	"slices"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// References checks that whatever an object names is there: ports, pods, ConfigMaps and their
// keys, volumes, and of Secrets, which no overlay has, the keys that secrets lists by name.
func References(overlay Overlay, secrets map[string][]string) []string {
	templates := podsOf(overlay)
	var wrong []string
	for _, pods := range templates {
		if !selects(pods.selector, pods) {
			wrong = append(wrong, fmt.Sprintf("%s %s does not select its own pods", pods.kind, pods.name))
		}
		for _, spread := range pods.spec.TopologySpreadConstraints {
			if !selects(spread.LabelSelector, pods) {
				wrong = append(wrong, fmt.Sprintf("%s spreads other pods than its own over %s", pods.name, spread.TopologyKey))
			}
		}
		wrong = append(wrong, volumes(overlay, pods)...)
		wrong = append(wrong, environment(pods, secrets)...)
	}
	for _, it := range all[*corev1.Service](overlay) {
		selector := &metav1.LabelSelector{MatchLabels: it.Spec.Selector}
		for _, port := range it.Spec.Ports {
			if !reaches(templates, selector, port.TargetPort) {
				wrong = append(wrong, fmt.Sprintf("Service %s has the port %s, which no pod of it has", it.Name, port.TargetPort.String()))
			}
		}
	}
	for _, it := range all[*policyv1.PodDisruptionBudget](overlay) {
		if !slices.ContainsFunc(templates, func(p pods) bool { return selects(it.Spec.Selector, p) }) {
			wrong = append(wrong, fmt.Sprintf("PodDisruptionBudget %s selects no pods", it.Name))
		}
	}
	for _, it := range all[*networkingv1.NetworkPolicy](overlay) {
		for _, rule := range it.Spec.Ingress {
			for _, port := range rule.Ports {
				if !reaches(templates, &it.Spec.PodSelector, *port.Port) {
					wrong = append(wrong, fmt.Sprintf("NetworkPolicy %s permits the port %s, which no pod of it has", it.Name, port.Port.String()))
				}
			}
		}
	}
	for _, it := range all[*autoscalingv2.HorizontalPodAutoscaler](overlay) {
		to := it.Spec.ScaleTargetRef
		if !slices.ContainsFunc(templates, func(p pods) bool { return p.kind == to.Kind && p.name == to.Name }) {
			wrong = append(wrong, fmt.Sprintf("HorizontalPodAutoscaler %s scales %s %s, which is not there", it.Name, to.Kind, to.Name))
		}
	}
	return wrong
}

func selects(selector *metav1.LabelSelector, pods pods) bool {
	compiled, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && !compiled.Empty() && compiled.Matches(labels.Set(pods.labels))
}

func reaches(templates []pods, selector *metav1.LabelSelector, port intstr.IntOrString) bool {
	return slices.ContainsFunc(templates, func(p pods) bool {
		return selects(selector, p) && slices.ContainsFunc(p.containers(), func(c corev1.Container) bool { return hasPort(c, port) })
	})
}

func volumes(overlay Overlay, pods pods) []string {
	var wrong []string
	for _, volume := range pods.spec.Volumes {
		if source := volume.ConfigMap; source != nil {
			if _, found := configMap(overlay, pods.namespace, source.Name); !found {
				wrong = append(wrong, fmt.Sprintf("%s has a volume of the ConfigMap %s, which is not there", pods.name, source.Name))
			}
		}
	}
	for _, container := range pods.containers() {
		for _, mount := range container.VolumeMounts {
			isVolume := func(v corev1.Volume) bool { return v.Name == mount.Name }
			isClaim := func(c corev1.PersistentVolumeClaim) bool { return c.Name == mount.Name }
			if !slices.ContainsFunc(pods.spec.Volumes, isVolume) && !slices.ContainsFunc(pods.claims, isClaim) {
				wrong = append(wrong, fmt.Sprintf("%s mounts the volume %s, which is not there", container.Name, mount.Name))
			}
		}
	}
	return wrong
}

func configMap(overlay Overlay, namespace, name string) (map[string]string, bool) {
	for _, it := range all[*corev1.ConfigMap](overlay) {
		if it.Name == name && it.Namespace == namespace {
			return it.Data, true
		}
	}
	return nil, false
}

func environment(pods pods, secrets map[string][]string) []string {
	var wrong []string
	for _, container := range pods.containers() {
		for _, variable := range container.Env {
			if variable.ValueFrom == nil || variable.ValueFrom.SecretKeyRef == nil {
				continue
			}
			if from := variable.ValueFrom.SecretKeyRef; !slices.Contains(secrets[from.Name], from.Key) {
				wrong = append(wrong, fmt.Sprintf("%s takes %s from the key %s of the Secret %s, which nobody creates", container.Name, variable.Name, from.Key, from.Name))
			}
		}
	}
	return wrong
}
