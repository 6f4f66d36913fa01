package telemetry

import (
	"context"

	"go.opentelemetry.io/contrib/bridges/otelzap"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// In returns a field of zap that relates a log line to the span of ctx: the console line gets
// trace_id and span_id, the OTLP record its own fields for them.
func In(ctx context.Context) zap.Field {
	// The bridge looks for a context in any field; encoders ignore SkipType.
	return zap.Field{Key: "context", Type: zapcore.SkipType, Interface: ctx}
}

func newZap(console zapcore.WriteSyncer, provider log.LoggerProvider) *zap.Logger {
	encoding := zap.NewProductionEncoderConfig()
	encoding.TimeKey = timeKey
	encoding.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	encoding.MessageKey = messageKey
	return zap.New(zapcore.NewTee(
		traceFields{zapcore.NewCore(zapcore.NewJSONEncoder(encoding), console, zapcore.InfoLevel)},
		otelzap.NewCore(scopeName, otelzap.WithLoggerProvider(provider)),
	), zap.AddStacktrace(zapcore.ErrorLevel))
}

// traceFields is a core that replaces a context field by the ids of its span.
type traceFields struct{ zapcore.Core }

func (c traceFields) With(fields []zapcore.Field) zapcore.Core {
	return traceFields{c.Core.With(withTrace(fields))}
}

func (c traceFields) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(entry.Level) {
		return checked.AddCore(entry, c)
	}
	return checked
}

func (c traceFields) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	return c.Core.Write(entry, withTrace(fields))
}

func withTrace(fields []zapcore.Field) []zapcore.Field {
	expanded := make([]zapcore.Field, 0, len(fields)+3)
	for _, field := range fields {
		ctx, isContext := field.Interface.(context.Context)
		if !isContext {
			expanded = append(expanded, field)
			continue
		}
		if span := trace.SpanContextFromContext(ctx); span.IsValid() {
			expanded = append(expanded,
				zap.Stringer(traceIDKey, span.TraceID()),
				zap.Stringer(spanIDKey, span.SpanID()),
				zap.Stringer(traceFlagsKey, span.TraceFlags()),
			)
		}
	}
	return expanded
}
