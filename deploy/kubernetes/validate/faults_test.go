package validate

import (
	"strings"
	"testing"
	"time"
)

// What is wrong in an overlay is found: each row changes one text of the Deployment's overlay.
func TestAFaultIsFound(t *testing.T) {
	text, err := render("../overlays/deployment")
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range []struct{ before, after, want string }{
		{"readOnlyRootFilesystem:", "readOnlyRootFileSystem:", "unknown field"},
		{"maxUnavailable: 1\n", "maxUnavailable: 1\n  maxUnavailable: 2\n", "already set in map"},
		{"automountServiceAccountToken: false\n      containers", "automountServiceAccountToken: 3\n      containers", "cannot unmarshal"},
		{"apiVersion: policy/v1\n", "apiVersion: policy/v1beta9\n", "no kind"},
		{"            memory: 512Mi\n", "", "no limit of memory"},
		{"            memory: 128Mi\n", "            memory: 1Gi\n", "requests more memory than its limit"},
		{"            path: /healthz\n            port: otlp-http\n", "            path: /healthz\n            port: otlp\n", "which the container does not have"},
		{"        readinessProbe:\n          httpGet:\n            path: /readyz\n            port: otlp-http\n          periodSeconds: 2\n          timeoutSeconds: 2\n", "", "no readiness probe"},
		{"targetPort: otlp-http", "targetPort: http", "Service throughline has the port http,"},
		{"key: services-key", "key: service-key", "which nobody creates"},
		{"name: throughline-", "name: througline-", "which is not there"},
		{"      - configMap:", "      - configMap: {name: x}\n        name: other\n      - configMap:", "the ConfigMap x,"},
		{"        - mountPath: /etc/throughline\n          name: configuration", "        - mountPath: /etc/throughline\n          name: config", "mounts the volume config,"},
		{"    kind: Deployment\n    name: throughline", "    kind: Deployment\n    name: edge", "scales Deployment edge"},
		{"            - ALL\n", "            - CHOWN\n", "Pod Security restricted"},
		{"        runAsNonRoot: true", "        runAsNonRoot: false", "Pod Security restricted"},
		{"readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "can write to its root"},
		{"automountServiceAccountToken: false\n      containers", "automountServiceAccountToken: true\n      containers", "has a token of the API"},
		{"containerPort: 4318", "containerPort: 4318\n          hostPort: 4318", "Pod Security restricted: "},
	} {
		changed := strings.Replace(string(text), fault.before, fault.after, 1)
		if changed == string(text) {
			t.Errorf("nothing is changed: %q is not in the overlay", fault.before)
			continue
		}
		if got := violations(t, changed); !strings.Contains(got, fault.want) {
			t.Errorf("%q in place of %q: got %q, not %q", fault.after, fault.before, got, fault.want)
		}
	}
}

// So is an end that is cut short.
func TestTheKubeletWaitsForTheEnd(t *testing.T) {
	program := Program{Grace: 35 * time.Second}
	if err := program.Ends("end_after_ms = 5000\n"); err != nil {
		t.Error(err)
	}
	if err := program.Ends("end_after_ms = 15000\n"); err == nil {
		t.Error("38 s in 35 s is not found")
	}
}

// So are faults of a queue.
func TestAQueueNeedsRoomOnADisk(t *testing.T) {
	text, err := render("../overlays/statefulset")
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range []struct{ before, after string }{
		{"storage: 10Gi", "storage: 5Gi"},
		{"- mountPath: /var/lib/throughline", "- mountPath: /var/lib/edge"},
	} {
		changed := strings.Replace(string(text), fault.before, fault.after, 1)
		overlay, err := Decode([]byte(changed))
		if err != nil {
			t.Fatal(err)
		}
		// As `throughline check` prints it.
		effective := "[queue]\nmax_bytes = 8589934592\nmax_dead_letter_bytes = 67108864 # default\n"
		if err := programs(t, overlay)[0].Queue(effective); err == nil {
			t.Errorf("%q in place of %q is not found", fault.after, fault.before)
		}
	}
}

// So are a start that is cut short, and an index without memory.
func TestAQueueNeedsTimeToStartAndMemory(t *testing.T) {
	text, err := render("../overlays/statefulset")
	if err != nil {
		t.Fatal(err)
	}
	// As `throughline check` prints it.
	effective := "[ingest]\nmax_reading_bytes = 67108864\n[queue]\nmax_bytes = 8589934592\nmax_dead_letter_bytes = 67108864 # default\n[backend]\nmax_in_flight_bytes = 134217728\n"
	for _, row := range []struct {
		before, after  string
		starts, memory bool
	}{
		{"", "", true, true},
		{"failureThreshold: 120", "failureThreshold: 30", false, true},
		{"memory: 1Gi", "memory: 512Mi", true, false},
	} {
		changed := strings.Replace(string(text), row.before, row.after, 1)
		overlay, err := Decode([]byte(changed))
		if err != nil {
			t.Fatal(err)
		}
		program := programs(t, overlay)[0]
		if err := program.Starts(effective); (err == nil) != row.starts {
			t.Errorf("%q in place of %q: %v", row.after, row.before, err)
		}
		if err := program.Memory(effective); (err == nil) != row.memory {
			t.Errorf("%q in place of %q: %v", row.after, row.before, err)
		}
	}
}

func violations(t *testing.T, text string) string {
	t.Helper()
	overlay, err := Decode([]byte(text))
	if err != nil {
		return err.Error()
	}
	wrong := append(Containers(overlay), References(overlay, guide(t).Secrets)...)
	insecure, err := Security(overlay)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(append(wrong, insecure...), "\n")
}
