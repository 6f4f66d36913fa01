package process

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	"google.golang.org/protobuf/proto"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/telemetry"
)

// Lines of every logger that nothing has exported yet, and why the process ends.
func TestNoLineIsLostAtTheEnd(t *testing.T) {
	receiver := receive(t)
	console := captureStdout(t)
	// Nothing but the end of the process exports.
	t.Setenv("OTEL_BLRP_SCHEDULE_DELAY", "600000")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "600000")

	err := withTelemetry(t.Context(), "test", func(ctx context.Context, sdk *telemetry.Telemetry) error {
		ctx, span := otel.Tracer("test").Start(ctx, "work")
		defer span.End()
		for range 100 {
			sdk.Zap().Info("by zap", telemetry.In(ctx))
			sdk.Slog().InfoContext(ctx, "by slog")
			sdk.Logrus().WithContext(ctx).Info("by logrus")
		}
		return errors.New("no more work")
	})
	if err == nil || err.Error() != "no more work" {
		t.Errorf("the error is %v", err)
	}

	lines, records := console(), receiver()
	if len(lines) != 3*100+1 || !slices.ContainsFunc(lines, func(one line) bool { return one.Message == "ended" && one.TraceID == "" }) {
		t.Errorf("%d lines were written", len(lines))
	}
	if !slices.Equal(lines, records) {
		t.Errorf("%d lines were written, and %d records exported that are not the same", len(lines), len(records))
	}
}

// line is what a line on the console and its record have both.
type line struct {
	Message string `json:"message"`
	TraceID string `json:"trace_id"`
	SpanID  string `json:"span_id"`
}

func compare(a, b line) int {
	return strings.Compare(a.Message+a.TraceID+a.SpanID, b.Message+b.TraceID+b.SpanID)
}

// receive starts an OTLP receiver, the exporters' endpoint, and returns what reads its records.
func receive(t *testing.T) func() []line {
	var (
		mutex    sync.Mutex
		received []line
	)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/logs" {
			return
		}
		body, err := io.ReadAll(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			var plain *gzip.Reader
			if plain, err = gzip.NewReader(bytes.NewReader(body)); err == nil {
				body, err = io.ReadAll(plain)
			}
		}
		var export collector.ExportLogsServiceRequest
		if err = errors.Join(err, proto.Unmarshal(body, &export)); err != nil {
			t.Errorf("an export cannot be read: %v", err)
		}
		mutex.Lock()
		defer mutex.Unlock()
		for _, resource := range export.GetResourceLogs() {
			for _, scope := range resource.GetScopeLogs() {
				for _, record := range scope.GetLogRecords() {
					received = append(received, line{
						record.GetBody().GetStringValue(),
						hex.EncodeToString(record.GetTraceId()),
						hex.EncodeToString(record.GetSpanId()),
					})
				}
			}
		}
	}))
	t.Cleanup(server.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	return func() []line {
		mutex.Lock()
		defer mutex.Unlock()
		slices.SortFunc(received, compare)
		return received
	}
}

// captureStdout sends standard output to a file until the test ends, and returns what reads the lines.
func captureStdout(t *testing.T) func() []line {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stdout
	os.Stdout = file
	t.Cleanup(func() {
		os.Stdout = before
		_ = file.Close()
	})
	return func() (lines []line) {
		text, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for written := range strings.Lines(string(text)) {
			var one line
			if err := json.Unmarshal([]byte(written), &one); err != nil {
				t.Fatalf("not JSON: %q", written)
			}
			lines = append(lines, one)
		}
		slices.SortFunc(lines, compare)
		return lines
	}
}
