// The program export exports spans, a log record and a metric with the exporters of OpenTelemetry for
// Go, unchanged and configured by OTEL_EXPORTER_OTLP_* alone.
//
//	export SPANS
//
// Exports so many spans in one batch, and one more in another. SPANS may be "unusable": then it exports
// one span, and one without ids. Prints a line of JSON: the trace id of each span. The exporters log
// what they are told.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	logs "go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

func main() {
	ctx := context.Background()
	spans, err := strconv.Atoi(os.Args[1])
	switch {
	case os.Args[1] == "unusable":
		err = exportUnusable(ctx)
	case err == nil:
		err = export(ctx, spans)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func export(ctx context.Context, spans int) error {
	service := resource.NewSchemaless(attribute.String("service.name", "pricing"))
	traces, err := exportSpans(ctx, service, spans)
	if err != nil {
		return err
	}
	if err := exportLog(ctx, service); err != nil {
		return err
	}
	if err := exportMetric(ctx, service); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string][]string{"traces": traces})
}

func exportSpans(ctx context.Context, service *resource.Resource, spans int) ([]string, error) {
	exporter, err := otlptracegrpc.New(ctx)
	if err != nil {
		return nil, err
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(service))
	tracer := provider.Tracer("test")
	traces := []string{}
	for number := range spans + 1 {
		_, span := tracer.Start(ctx, fmt.Sprintf("price %d", number))
		traces = append(traces, span.SpanContext().TraceID().String())
		span.End()
		// All but the last in one batch. What the exporter is told goes to the log.
		if number >= spans-1 {
			report(provider.ForceFlush(ctx))
		}
	}
	report(provider.Shutdown(ctx))
	return traces, nil
}

func exportLog(ctx context.Context, service *resource.Resource) error {
	exporter, err := otlploggrpc.New(ctx)
	if err != nil {
		return err
	}
	processor := sdklog.NewSimpleProcessor(exporter)
	provider := sdklog.NewLoggerProvider(sdklog.WithProcessor(processor), sdklog.WithResource(service))
	record := logs.Record{}
	record.SetBody(attribute.StringValue("no price for it"))
	record.SetSeverity(logs.SeverityWarn)
	provider.Logger("test").Emit(ctx, record)
	report(provider.Shutdown(ctx))
	return nil
}

func exportMetric(ctx context.Context, service *resource.Resource) error {
	exporter, err := otlpmetricgrpc.New(ctx)
	if err != nil {
		return err
	}
	provider := metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(exporter)), metric.WithResource(service))
	counter, err := provider.Meter("test").Int64Counter("prices")
	if err != nil {
		return err
	}
	counter.Add(ctx, 7)
	report(provider.Shutdown(ctx))
	return nil
}

// exportUnusable exports what no SDK makes, with the client of the exporter of spans.
func exportUnusable(ctx context.Context) error {
	client := otlptracegrpc.NewClient()
	if err := client.Start(ctx); err != nil {
		return err
	}
	spans := []*tracepb.Span{
		{TraceId: []byte("0123456789abcdef"), SpanId: []byte("01234567"), Name: "price 0"},
		{Name: "price 1"},
	}
	scopes := []*tracepb.ScopeSpans{{Spans: spans}}
	report(client.UploadTraces(ctx, []*tracepb.ResourceSpans{{ScopeSpans: scopes}}))
	fmt.Println(`{"traces":[]}`)
	return client.Stop(ctx)
}

func report(err error) {
	if err != nil {
		log.Print(err)
	}
}
