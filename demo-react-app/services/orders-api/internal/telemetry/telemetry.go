// Package telemetry sets up the OpenTelemetry SDK: spans and logs, exported as OTLP, and the
// loggers of the services.
//
// Each of the loggers writes JSON lines to standard output and sends the same as OTLP. A line
// that is logged with the context of a span has its ids, and an error that is logged has a stack.
//
// Endpoint, sampler, batch delays and resource come from the OTEL_* environment
// variables of the OpenTelemetry specification.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/sirupsen/logrus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Telemetry is the running SDK of one process.
type Telemetry struct {
	traces *sdktrace.TracerProvider
	logs   *sdklog.LoggerProvider
}

// Start sets the global tracer provider and propagator. The service name comes from
// OTEL_SERVICE_NAME, or is defaultName.
func Start(ctx context.Context, defaultName string) (*Telemetry, error) {
	res, err := resource.New(ctx,
		resource.WithAttributes(semconv.ServiceName(defaultName)),
		resource.WithTelemetrySDK(),
		resource.WithFromEnv(),
	)
	if err != nil {
		return nil, fmt.Errorf("describe the resource: %w", err)
	}
	spans, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("set up the trace exporter: %w", err)
	}
	records, err := otlploghttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("set up the log exporter: %w", err)
	}
	traces := sdktrace.NewTracerProvider(sdktrace.WithResource(res), sdktrace.WithBatcher(spans))
	logs := sdklog.NewLoggerProvider(sdklog.WithResource(res), sdklog.WithProcessor(sdklog.NewBatchProcessor(records)))

	otel.SetTracerProvider(traces)
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(
		propagation.TraceContext{}, propagation.Baggage{},
	))
	// To standard output alone: a failed export cannot be reported by another export.
	console := slog.New(consoleHandler(os.Stdout))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		console.Warn("telemetry was not exported", slog.Any("error", err))
	}))
	return &Telemetry{traces: traces, logs: logs}, nil
}

// Zap returns a logger of zap; [In] gives its lines their span.
func (t *Telemetry) Zap() *zap.Logger { return newZap(zapcore.Lock(os.Stdout), t.logs) }

// Slog returns a logger of the standard library.
func (t *Telemetry) Slog() *slog.Logger { return newSlog(os.Stdout, t.logs) }

// Logrus returns a logger of logrus; WithContext gives its lines their span.
func (t *Telemetry) Logrus() *logrus.Logger { return newLogrus(os.Stdout, t.logs) }

// Shutdown exports what is still queued, within shutdownTimeout.
func (t *Telemetry) Shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	return errors.Join(t.traces.Shutdown(ctx), t.logs.Shutdown(ctx))
}

const shutdownTimeout = 5 * time.Second
