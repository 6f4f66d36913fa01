package telemetry

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel/log"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
)

func newSlog(console io.Writer, provider log.LoggerProvider) *slog.Logger {
	return slog.New(slog.NewMultiHandler(
		consoleHandler(console),
		enriched{root: otelslog.NewHandler(scopeName, otelslog.WithLoggerProvider(provider)), with: exceptionStack},
	))
}

func consoleHandler(console io.Writer) slog.Handler {
	return enriched{
		root: slog.NewJSONHandler(console, &slog.HandlerOptions{ReplaceAttr: consoleNames}),
		with: func(ctx context.Context, record slog.Record) []slog.Attr {
			return append(traceIDs(ctx), errorStack(record, stackKey)...)
		},
	}
}

// enriched is a handler that adds attributes to each line. They are outside the groups of a
// logger: WithGroup would take them in, so it is applied after they are added.
type enriched struct {
	// root has no attributes and no group yet.
	root slog.Handler
	// with returns what a line gets.
	with func(context.Context, slog.Record) []slog.Attr
	// derive is what WithAttrs and WithGroup were called with, in this order.
	derive []func(slog.Handler) slog.Handler
}

func (h enriched) Enabled(ctx context.Context, level slog.Level) bool {
	return h.root.Enabled(ctx, level)
}

func (h enriched) Handle(ctx context.Context, record slog.Record) error {
	handler := h.root.WithAttrs(h.with(ctx, record))
	for _, derive := range h.derive {
		handler = derive(handler)
	}
	return handler.Handle(ctx, record)
}

func (h enriched) WithAttrs(attributes []slog.Attr) slog.Handler {
	return h.derived(func(handler slog.Handler) slog.Handler { return handler.WithAttrs(attributes) })
}

func (h enriched) WithGroup(name string) slog.Handler {
	return h.derived(func(handler slog.Handler) slog.Handler { return handler.WithGroup(name) })
}

func (h enriched) derived(derive func(slog.Handler) slog.Handler) slog.Handler {
	h.derive = append(slices.Clip(h.derive), derive)
	return h
}

func traceIDs(ctx context.Context) []slog.Attr {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return nil
	}
	return []slog.Attr{
		slog.String(traceIDKey, span.TraceID().String()),
		slog.String(spanIDKey, span.SpanID().String()),
		slog.String(traceFlagsKey, span.TraceFlags().String()),
	}
}

// exceptionStack returns the stack of an error under the name that records of exceptions have.
func exceptionStack(_ context.Context, record slog.Record) []slog.Attr {
	return errorStack(record, string(semconv.ExceptionStacktraceKey))
}

// errorStack returns the stack of a line that has an error, as an attribute with this key.
func errorStack(record slog.Record, key string) (attributes []slog.Attr) {
	if record.Level < slog.LevelError {
		return nil
	}
	record.Attrs(func(attribute slog.Attr) bool {
		if _, is := attribute.Value.Any().(error); is {
			attributes = []slog.Attr{slog.String(key, stack())}
		}
		return attributes == nil
	})
	return attributes
}

func consoleNames(groups []string, attribute slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return attribute
	}
	switch attribute.Key {
	case slog.TimeKey:
		attribute.Key = timeKey
	case slog.MessageKey:
		attribute.Key = messageKey
	case slog.LevelKey:
		attribute.Value = slog.StringValue(strings.ToLower(attribute.Value.String()))
	}
	return attribute
}
