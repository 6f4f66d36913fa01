package validate

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Containers checks requests, limits and probes. It returns a sentence for each
// violation.
func Containers(overlay Overlay) []string {
	var wrong []string
	for _, pods := range podsOf(overlay) {
		for _, container := range pods.containers() {
			name := pods.name + "/" + container.Name
			wrong = append(wrong, resources(name, container.Resources)...)
			wrong = append(wrong, probes(name, container)...)
		}
	}
	return wrong
}

func resources(name string, resources corev1.ResourceRequirements) []string {
	var wrong []string
	for _, kind := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		request, requests := resources.Requests[kind]
		limit, limits := resources.Limits[kind]
		switch {
		case !requests || !limits:
			wrong = append(wrong, fmt.Sprintf("%s has no request or no limit of %s", name, kind))
		case request.Cmp(limit) > 0:
			wrong = append(wrong, fmt.Sprintf("%s requests more %s than its limit", name, kind))
		}
	}
	return wrong
}

// probes checks that those of the program are there where the kubelet reaches it, and that each
// names a port of its own container.
func probes(name string, container corev1.Container) []string {
	var wrong []string
	for kind, probe := range map[string]*corev1.Probe{
		"startup": container.StartupProbe, "liveness": container.LivenessProbe, "readiness": container.ReadinessProbe,
	} {
		switch {
		case probe == nil:
			if isProgram(container) && len(container.Ports) > 0 {
				wrong = append(wrong, fmt.Sprintf("%s has no %s probe", name, kind))
			}
		case probe.HTTPGet == nil:
			wrong = append(wrong, fmt.Sprintf("the %s probe of %s is no GET", kind, name))
		case !hasPort(container, probe.HTTPGet.Port):
			wrong = append(wrong, fmt.Sprintf("the %s probe of %s names the port %s, which the container does not have", kind, name, probe.HTTPGet.Port.String()))
		}
	}
	return wrong
}

func hasPort(container corev1.Container, wanted intstr.IntOrString) bool {
	for _, port := range container.Ports {
		if port.Name == wanted.StrVal || (wanted.Type == intstr.Int && port.ContainerPort == wanted.IntVal) {
			return true
		}
	}
	return false
}
