package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func TestLogLinesHaveTheIdsOfTheirSpan(t *testing.T) {
	traceID, _ := trace.TraceIDFromHex("0af7651916cd43dd8448eb211c80319c")
	spanID, _ := trace.SpanIDFromHex("b7ad6b7169203331")
	ctx := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceID, SpanID: spanID, TraceFlags: trace.FlagsSampled,
	}))

	var console bytes.Buffer
	sent := &recorded{}
	provider := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewSimpleProcessor(sent)))
	logger := newLogger(zapcore.AddSync(&console), provider)

	for name, log := range map[string]func(){
		"on the line":   func() { logger.Info("order placed", In(ctx), zap.Int("number", 7)) },
		"on the logger": func() { logger.With(In(ctx)).Info("order placed", zap.Int("number", 7)) },
	} {
		t.Run(name, func(t *testing.T) {
			console.Reset()
			sent.records = nil
			log()

			var line map[string]any
			if err := json.Unmarshal(console.Bytes(), &line); err != nil {
				t.Fatalf("not JSON: %q", console.String())
			}
			for field, want := range map[string]any{
				"message": "order placed", "level": "info", "number": 7.0,
				"trace_id": traceID.String(), "span_id": spanID.String(), "trace_flags": "01",
			} {
				if line[field] != want {
					t.Errorf("%s is %v, want %v", field, line[field], want)
				}
			}
			if len(sent.records) != 1 {
				t.Fatalf("%d records were sent, want 1", len(sent.records))
			}
			record := sent.records[0]
			if record.TraceID() != traceID || record.SpanID() != spanID {
				t.Errorf("the record belongs to %s/%s", record.TraceID(), record.SpanID())
			}
			if record.AttributesLen() != 1 {
				t.Errorf("the ids are attributes too: %d attributes", record.AttributesLen())
			}
		})
	}
}

func TestLogLinesOutsideATraceHaveNoIds(t *testing.T) {
	var console bytes.Buffer
	zap.New(consoleCore(zapcore.AddSync(&console))).Info("listening", In(t.Context()))
	if bytes.Contains(console.Bytes(), []byte("trace_id")) {
		t.Errorf("a line outside a trace has an id: %s", console.String())
	}
}

type recorded struct{ records []sdklog.Record }

func (r *recorded) Export(_ context.Context, records []sdklog.Record) error {
	for _, record := range records {
		r.records = append(r.records, record.Clone())
	}
	return nil
}
func (*recorded) Shutdown(context.Context) error   { return nil }
func (*recorded) ForceFlush(context.Context) error { return nil }
