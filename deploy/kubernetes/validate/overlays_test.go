package validate

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

func TestOverlaysHoldEveryRule(t *testing.T) {
	for name, overlay := range overlays(t) {
		t.Run(name, func(t *testing.T) {
			wrong := append(Containers(overlay), References(overlay, guide(t).Secrets)...)
			insecure, err := Security(overlay)
			if err != nil {
				t.Fatal(err)
			}
			for _, sentence := range append(wrong, insecure...) {
				t.Error(sentence)
			}
		})
	}
}

func TestTheImageHasTheVersionOfThisRepository(t *testing.T) {
	manifest, err := os.ReadFile("../../../Cargo.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(manifest), "[workspace.package]\nversion = \"")
	version, _, _ := strings.Cut(rest, `"`)
	for name, overlay := range overlays(t) {
		found := programs(t, overlay)
		if len(found) != 1 {
			t.Fatalf("%s has %d containers of the program", name, len(found))
		}
		if want := imageName + ":" + version; found[0].Container.Image != want {
			t.Errorf("%s runs %s, not %s", name, found[0].Container.Image, want)
		}
	}
}

// A trace that is sent as the guide says arrives at the backend of the Secret.
func TestATraceArrivesWithEachConfiguration(t *testing.T) {
	binary := binary(t)
	for name, overlay := range overlays(t) {
		t.Run(name, func(t *testing.T) {
			received := make(chan *http.Request, 1)
			backend := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
				if request.URL.Path == "/v1/traces" {
					received <- request
				}
			}))
			defer backend.Close()
			secret["backend-url"] = backend.URL
			program := programs(t, overlay)[0]
			effective, err := program.Check(binary, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			for _, err := range []error{program.Starts(effective), program.Ends(effective), program.Memory(effective), program.Queue(effective), program.Listens()} {
				if err != nil {
					t.Error(err)
				}
			}
			url, end, err := program.Start(binary, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			for _, probe := range []*corev1.Probe{program.Container.StartupProbe, program.Container.LivenessProbe, program.Container.ReadinessProbe} {
				if probe == nil {
					continue
				}
				// The kubelet asks again too: /readyz waits for all cores.
				status, deadline := 0, time.Now().Add(20*time.Second)
				for status != http.StatusOK && time.Now().Before(deadline) {
					status = get(t, url+probe.HTTPGet.Path)
				}
				if status != http.StatusOK {
					t.Errorf("a probe gets %d from %s", status, probe.HTTPGet.Path)
				}
			}
			header := Value(guide(t).Environments[name], "OTEL_EXPORTER_OTLP_HEADERS", secret, nil)
			if status := send(t, url, header); status != http.StatusOK {
				t.Fatalf("a sender with the headers %q gets %d", header, status)
			}
			if status := send(t, url, ""); header != "" && status != http.StatusUnauthorized {
				t.Errorf("a sender without a key gets %d", status)
			}
			select {
			case request := <-received:
				if got := request.Header.Get("authorization"); got != secret["backend-authorization"] {
					t.Errorf("the backend gets the authorization %q", got)
				}
			case <-time.After(20 * time.Second):
				t.Error("the backend has received nothing")
			}
			if err := end(); err != nil {
				t.Error(err)
			}
		})
	}
}

// The address of the guide is one that the overlay makes.
func TestTheGuideNamesAnAddressOfEachOverlay(t *testing.T) {
	for name, overlay := range overlays(t) {
		addresses := []string{"http://127.0.0.1:4318"}
		if name != "sidecar" {
			service := all[*corev1.Service](overlay)[0]
			addresses = []string{"http://" + service.Name + "." + service.Namespace + ":4318"}
			if port, _ := podsOf(overlay)[0].port("otlp-http"); port.HostPort == 4318 {
				addresses = []string{"http://192.0.2.7:4318"}
			}
		}
		variables := guide(t).Environments[name]
		got := Value(variables, "OTEL_EXPORTER_OTLP_ENDPOINT", nil, map[string]string{"status.hostIP": "192.0.2.7"})
		if !slices.Contains(addresses, got) {
			t.Errorf("the guide sends to %q for %s, which has %q", got, name, addresses)
		}
		if protocol := Value(variables, "OTEL_EXPORTER_OTLP_PROTOCOL", nil, nil); protocol != "http/protobuf" {
			t.Errorf("the guide sends %q for %s", protocol, name)
		}
	}
}

func overlays(t *testing.T) map[string]Overlay {
	t.Helper()
	made := map[string]Overlay{}
	for _, name := range []string{"deployment", "statefulset", "daemonset", "sidecar"} {
		overlay, err := Build(filepath.Join("../overlays", name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		made[name] = overlay
	}
	return made
}

func guide(t *testing.T) Guide {
	t.Helper()
	guide, err := ReadGuide("../../../docs/kubernetes.md")
	if err != nil {
		t.Fatal(err)
	}
	return guide
}

func programs(t *testing.T, overlay Overlay) []Program {
	t.Helper()
	found, err := Programs(overlay, secret)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func binary(t *testing.T) string {
	t.Helper()
	path := os.Getenv("THROUGHLINE_PROGRAM")
	if path == "" {
		t.Skip("THROUGHLINE_PROGRAM names no program; `cargo xtask test kubernetes` builds one")
	}
	return path
}

func get(t *testing.T, url string) int {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// send posts a trace with the headers of OTEL_EXPORTER_OTLP_HEADERS.
func send(t *testing.T, url, headers string) int {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, url+"/v1/traces", strings.NewReader(trace))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("content-type", "application/json")
	if name, value, found := strings.Cut(headers, "="); found {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

var secret = map[string]string{
	"services-key":          "sk_0123456789abcdef0123456789abcdef",
	"backend-authorization": "Bearer of-the-backend",
}

const trace = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"orders-api"}}]},
"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"GET /orders",
"kind":2,"startTimeUnixNano":"1764417600000000000","endTimeUnixNano":"1764417600100000000"}]}]}]}`
