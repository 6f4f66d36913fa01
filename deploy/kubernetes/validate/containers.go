package validate

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Containers checks requests, limits, probes and the time to end. It returns a sentence for each
// violation.
func Containers(overlay Overlay) []string {
	var wrong []string
	for _, pods := range podsOf(overlay) {
		for _, container := range pods.containers() {
			name := pods.name + "/" + container.Name
			wrong = append(wrong, resources(name, container.Resources)...)
			wrong = append(wrong, probes(name, pods, container)...)
			if isProgram(container) {
				wrong = append(wrong, end(name, pods, container)...)
			}
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
func probes(name string, pods pods, container corev1.Container) []string {
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

// end checks that the kubelet waits for as long as the program may take to end.
func end(name string, pods pods, container corev1.Container) []string {
	needed := programEnds
	if hook := container.Lifecycle; hook != nil && hook.PreStop != nil && hook.PreStop.Sleep != nil {
		needed += time.Duration(hook.PreStop.Sleep.Seconds) * time.Second
	}
	given := 30 * time.Second
	if seconds := pods.spec.TerminationGracePeriodSeconds; seconds != nil {
		given = time.Duration(*seconds) * time.Second
	}
	if given < needed {
		return []string{fmt.Sprintf("%s has %v to end and may need %v", name, given, needed)}
	}
	return nil
}

// programEnds is the time from SIGTERM to the program's end, of edge-worker/native/README.md.
const programEnds = 23 * time.Second
