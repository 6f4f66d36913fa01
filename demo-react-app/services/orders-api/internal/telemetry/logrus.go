package telemetry

import (
	"io"
	"time"

	"github.com/sirupsen/logrus"
	"go.opentelemetry.io/contrib/bridges/otellogrus"
	"go.opentelemetry.io/otel/log"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
)

// newLogrus returns a logger whose lines belong to the span of `WithContext`.
func newLogrus(console io.Writer, provider log.LoggerProvider) *logrus.Logger {
	logger := logrus.New()
	logger.SetOutput(console)
	logger.SetFormatter(&logrus.JSONFormatter{
		TimestampFormat: time.RFC3339Nano,
		FieldMap:        logrus.FieldMap{logrus.FieldKeyTime: timeKey, logrus.FieldKeyMsg: messageKey},
	})
	// In this order: each sees what those before have changed, and the line is written last.
	logger.AddHook(withStack{})
	logger.AddHook(otellogrus.NewHook(scopeName, otellogrus.WithLoggerProvider(provider)))
	logger.AddHook(withIDs{})
	return logger
}

// withStack is a hook that adds the stack of a line with an error, under the name that records
// of exceptions have.
type withStack struct{}

func (withStack) Levels() []logrus.Level {
	return []logrus.Level{logrus.PanicLevel, logrus.FatalLevel, logrus.ErrorLevel}
}

func (withStack) Fire(entry *logrus.Entry) error {
	if _, is := entry.Data[logrus.ErrorKey].(error); is {
		entry.Data[string(semconv.ExceptionStacktraceKey)] = stack()
	}
	return nil
}

// withIDs is a hook that gives the console's line its names: the record has fields of its own
// for the trace.
type withIDs struct{}

func (withIDs) Levels() []logrus.Level { return logrus.AllLevels }

func (withIDs) Fire(entry *logrus.Entry) error {
	if text, has := entry.Data[string(semconv.ExceptionStacktraceKey)]; has {
		delete(entry.Data, string(semconv.ExceptionStacktraceKey))
		entry.Data[stackKey] = text
	}
	if span := trace.SpanContextFromContext(entry.Context); span.IsValid() {
		entry.Data[traceIDKey] = span.TraceID().String()
		entry.Data[spanIDKey] = span.SpanID().String()
		entry.Data[traceFlagsKey] = span.TraceFlags().String()
	}
	return nil
}
