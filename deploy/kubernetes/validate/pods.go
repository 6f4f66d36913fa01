package validate

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pods is the template of a Deployment, a DaemonSet or a StatefulSet.
type pods struct {
	kind, name, namespace string
	labels                map[string]string
	selector              *metav1.LabelSelector
	spec                  *corev1.PodSpec
	// claims are the disks that each pod has for itself.
	claims []corev1.PersistentVolumeClaim
}

func podsOf(overlay Overlay) []pods {
	var found []pods
	add := func(kind string, meta metav1.ObjectMeta, selector *metav1.LabelSelector, template *corev1.PodTemplateSpec) {
		found = append(found, pods{kind, meta.Name, meta.Namespace, template.Labels, selector, &template.Spec, nil})
	}
	for _, it := range all[*appsv1.Deployment](overlay) {
		add("Deployment", it.ObjectMeta, it.Spec.Selector, &it.Spec.Template)
	}
	for _, it := range all[*appsv1.DaemonSet](overlay) {
		add("DaemonSet", it.ObjectMeta, it.Spec.Selector, &it.Spec.Template)
	}
	for _, it := range all[*appsv1.StatefulSet](overlay) {
		add("StatefulSet", it.ObjectMeta, it.Spec.Selector, &it.Spec.Template)
		found[len(found)-1].claims = it.Spec.VolumeClaimTemplates
	}
	return found
}

// containers returns all containers, those that start first included.
func (p pods) containers() []corev1.Container {
	return append(append([]corev1.Container{}, p.spec.InitContainers...), p.spec.Containers...)
}

// isProgram says whether a container runs throughline.
func isProgram(container corev1.Container) bool {
	return strings.HasPrefix(container.Image, imageName+":")
}

// port finds a port of the containers by its name.
func (p pods) port(name string) (corev1.ContainerPort, bool) {
	for _, container := range p.containers() {
		for _, port := range container.Ports {
			if port.Name == name {
				return port, true
			}
		}
	}
	return corev1.ContainerPort{}, false
}

const imageName = "ghcr.io/throughline/throughline"
