package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// lines is what a service logs, by each of the loggers.
type lines interface {
	// info logs "order placed" with the number 7.
	info(ctx context.Context)
	// derived does the same by a logger that has the number already.
	derived(ctx context.Context)
	// failed logs "order not placed" with an error and the number 7.
	failed(ctx context.Context, err error)
}

// writers are the loggers of the services, by name.
var writers = map[string]func(console io.Writer, provider log.LoggerProvider) lines{
	"zap": func(console io.Writer, provider log.LoggerProvider) lines {
		return zapLines{newZap(zapcore.AddSync(console), provider)}
	},
	"slog": func(console io.Writer, provider log.LoggerProvider) lines {
		return slogLines{newSlog(console, provider)}
	},
	"logrus": func(console io.Writer, provider log.LoggerProvider) lines {
		return logrusLines{newLogrus(console, provider)}
	},
}

func TestALineInASpanHasItsIDs(t *testing.T) {
	forEachLogger(t, func(t *testing.T, logger lines, written *written) {
		ctx, span := inSpan(t.Context())
		for name, write := range map[string]func(context.Context){"on the line": logger.info, "on the logger": logger.derived} {
			t.Run(name, func(t *testing.T) {
				write(ctx)
				line, record := written.one(t)
				for field, want := range map[string]any{
					"message": "order placed", "level": "info", "number": 7.0,
					"trace_id": span.TraceID().String(), "span_id": span.SpanID().String(), "trace_flags": "01",
				} {
					if line[field] != want {
						t.Errorf("%s is %v, want %v", field, line[field], want)
					}
				}
				if record.TraceID() != span.TraceID() || record.SpanID() != span.SpanID() || record.TraceFlags() != span.TraceFlags() {
					t.Errorf("the record belongs to %s/%s", record.TraceID(), record.SpanID())
				}
				if record.Body().AsString() != "order placed" || record.Severity() != log.SeverityInfo {
					t.Errorf("the record is %s %q", record.Severity(), record.Body().AsString())
				}
				if got := attributesOf(record); len(got) != 1 || got["number"].AsInt64() != 7 {
					t.Errorf("attributes are %v, want the number alone: ids are fields", got)
				}
			})
		}
	})
}

func TestALineOutsideASpanHasNoIDs(t *testing.T) {
	forEachLogger(t, func(t *testing.T, logger lines, written *written) {
		logger.info(t.Context())
		line, record := written.one(t)
		for _, field := range []string{"trace_id", "span_id", "trace_flags"} {
			if id, has := line[field]; has {
				t.Errorf("the line has %s %v", field, id)
			}
		}
		if record.TraceID().IsValid() || record.SpanID().IsValid() {
			t.Errorf("the record belongs to %s/%s", record.TraceID(), record.SpanID())
		}
	})
}

func TestAnErrorKeepsItsTypeItsStackAndTheAttributes(t *testing.T) {
	forEachLogger(t, func(t *testing.T, logger lines, written *written) {
		ctx, span := inSpan(t.Context())
		logger.failed(ctx, fmt.Errorf("place the order: %w", errors.ErrUnsupported))
		line, record := written.one(t)
		const message = "place the order: unsupported operation"
		if line["error"] != message || line["number"] != 7.0 || line["trace_id"] != span.TraceID().String() {
			t.Errorf("the line is %v", line)
		}
		got := attributesOf(record)
		if got["exception.message"].AsString() != message || got["exception.type"].AsString() != "*errors.errorString" {
			t.Errorf("the exception is %q %q", got["exception.type"].AsString(), got["exception.message"].AsString())
		}
		if got["number"].AsInt64() != 7 || record.Severity() != log.SeverityError {
			t.Errorf("attributes are %v, severity %s", got, record.Severity())
		}
		for place, stack := range map[string]any{
			"the line": line["stacktrace"], "the record": got["exception.stacktrace"].AsString(),
		} {
			// The innermost function is the one that logged; the loggers' own are left out.
			text, _ := stack.(string)
			innermost, _, _ := strings.Cut(text, "\n")
			if !strings.Contains(innermost, "Lines.failed") || !strings.Contains(text, "TestAnErrorKeeps") {
				t.Errorf("the stack of %s is %q", place, text)
			}
		}
	})
}

func TestIDsOfSlogAreOutsideItsGroups(t *testing.T) {
	var console bytes.Buffer
	ctx, span := inSpan(t.Context())
	slog.New(consoleHandler(&console)).WithGroup("order").InfoContext(ctx, "order placed", slog.Int("number", 7))
	var line struct {
		TraceID string `json:"trace_id"`
		Order   struct {
			Number int `json:"number"`
		} `json:"order"`
	}
	if err := json.Unmarshal(console.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if line.TraceID != span.TraceID().String() || line.Order.Number != 7 {
		t.Errorf("the line is %s", console.String())
	}
}

type zapLines struct{ *zap.Logger }

func (l zapLines) info(ctx context.Context) { l.Info("order placed", In(ctx), zap.Int("number", 7)) }
func (l zapLines) derived(ctx context.Context) {
	l.With(In(ctx), zap.Int("number", 7)).Info("order placed")
}
func (l zapLines) failed(ctx context.Context, err error) {
	l.Error("order not placed", In(ctx), zap.Error(err), zap.Int("number", 7))
}

type slogLines struct{ *slog.Logger }

func (l slogLines) info(ctx context.Context) {
	l.InfoContext(ctx, "order placed", slog.Int("number", 7))
}
func (l slogLines) derived(ctx context.Context) {
	l.With(slog.Int("number", 7)).InfoContext(ctx, "order placed")
}
func (l slogLines) failed(ctx context.Context, err error) {
	l.ErrorContext(ctx, "order not placed", slog.Any("error", err), slog.Int("number", 7))
}

type logrusLines struct{ *logrus.Logger }

func (l logrusLines) info(ctx context.Context) {
	l.WithContext(ctx).WithField("number", 7).Info("order placed")
}
func (l logrusLines) derived(ctx context.Context) {
	entry := l.WithField("number", 7).WithContext(ctx)
	entry.Info("order placed")
}
func (l logrusLines) failed(ctx context.Context, err error) {
	l.WithContext(ctx).WithError(err).WithField("number", 7).Error("order not placed")
}

func forEachLogger(t *testing.T, check func(t *testing.T, logger lines, written *written)) {
	for name, writer := range writers {
		t.Run(name, func(t *testing.T) {
			written := &written{}
			provider := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewSimpleProcessor(written)))
			check(t, writer(&written.console, provider), written)
		})
	}
}

// written is what a logger has written.
type written struct {
	console bytes.Buffer
	records []sdklog.Record
}

// one returns the only line and the only record since the last call.
func (w *written) one(t *testing.T) (line map[string]any, record sdklog.Record) {
	t.Helper()
	if err := json.Unmarshal(w.console.Bytes(), &line); err != nil {
		t.Fatalf("not one JSON object: %q", w.console.String())
	}
	if len(w.records) != 1 {
		t.Fatalf("%d records were sent, want 1", len(w.records))
	}
	record = w.records[0]
	w.console.Reset()
	w.records = nil
	return line, record
}

// Export keeps the records.
func (w *written) Export(_ context.Context, records []sdklog.Record) error {
	for _, record := range records {
		w.records = append(w.records, record.Clone())
	}
	return nil
}

// Shutdown does nothing.
func (*written) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing.
func (*written) ForceFlush(context.Context) error { return nil }

func attributesOf(record sdklog.Record) map[attribute.Key]attribute.Value {
	attributes := map[attribute.Key]attribute.Value{}
	record.WalkAttributes(func(pair attribute.KeyValue) bool {
		attributes[pair.Key] = pair.Value
		return true
	})
	return attributes
}

func inSpan(ctx context.Context) (context.Context, trace.SpanContext) {
	span := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID:    trace.TraceID{0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c},
		SpanID:     trace.SpanID{0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31},
		TraceFlags: trace.FlagsSampled,
	})
	return trace.ContextWithSpanContext(ctx, span), span
}
