package api

import (
	"slices"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/telemetrytest"
)

func TestAnOrderIsOneTrace(t *testing.T) {
	spans := telemetrytest.RecordSpans(t)
	shop := start(t, services(t))
	spans.Reset()
	if status, response := ask(t, shop, "POST", "/api/orders", `{"items":[{"sku":"mug","quantity":2}]}`); status != 201 {
		t.Fatalf("status is %d: %s", status, response)
	}

	ended := spans.Ended()
	var names []string
	for _, span := range ended {
		names = append(names, span.SpanKind().String()+" "+span.Name())
		if span.SpanContext().TraceID().String() != clickTrace {
			t.Errorf("%s is in trace %s", span.Name(), span.SpanContext().TraceID())
		}
	}
	// In the order in which they end.
	if want := []string{
		"client SELECT", "client POST", "client BEGIN", "client INSERT", "client INSERT", "client COMMIT",
		"server POST /api/orders",
	}; !slices.Equal(names, want) {
		t.Fatalf("spans are %q, want %q", names, want)
	}

	server := ended[len(ended)-1]
	if parent := server.Parent().SpanID().String(); parent != clickSpan {
		t.Errorf("the server span's parent is %s, want the caller's %s", parent, clickSpan)
	}
	for _, span := range ended[:len(ended)-1] {
		if span.Parent().SpanID() != server.SpanContext().SpanID() {
			t.Errorf("%s is not a child of the server span", span.Name())
		}
	}
	expectAttributes(t, server, map[attribute.Key]string{
		"http.request.method": "POST", "http.route": "/api/orders", "http.response.status_code": "201",
	})
	expectAttributes(t, ended[0], map[attribute.Key]string{
		"db.system.name": "postgresql", "db.operation.name": "SELECT",
		"db.query.text": "SELECT sku, name, description, price_cents FROM products WHERE sku = ANY($1)",
	})
	expectAttributes(t, ended[1], map[attribute.Key]string{
		"http.request.method": "POST", "http.response.status_code": "200",
	})
}

func TestAFailureOfVouchersMarksEverySpan(t *testing.T) {
	spans := telemetrytest.RecordSpans(t)
	shop := start(t, services(t))
	spans.Reset()
	ask(t, shop, "GET", "/api/vouchers/BROKEN", "")

	ended := spans.Ended()
	for _, span := range ended {
		if span.Status().Code != codes.Error {
			t.Errorf("%s has no error status", span.Name())
		}
	}
	expectAttributes(t, ended[len(ended)-1], map[attribute.Key]string{
		"http.route": "/api/vouchers/{code}", "http.response.status_code": "502", "error.type": "502",
	})
}

func TestHealthChecksAreNotTraced(t *testing.T) {
	spans := telemetrytest.RecordSpans(t)
	shop := start(t, services(t))
	spans.Reset()
	ask(t, shop, "GET", "/healthz", "")
	if ended := spans.Ended(); len(ended) != 0 {
		t.Errorf("%d spans, want none", len(ended))
	}
}

func expectAttributes(t *testing.T, span sdktrace.ReadOnlySpan, want map[attribute.Key]string) {
	t.Helper()
	got := attribute.NewSet(span.Attributes()...)
	for key, value := range want {
		if found, _ := got.Value(key); found.Emit() != value {
			t.Errorf("%s of %s %s is %q, want %q", key, trace.SpanKind(span.SpanKind()), span.Name(), found.Emit(), value)
		}
	}
}
