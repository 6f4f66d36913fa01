package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
)

// startSpan starts a trace of its own (ctx has none) with a link to the producer's span: the
// message may wait long, and other consumers may process it too.
// https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/#trace-structure
func (c *Consumer) startSpan(ctx context.Context, message types.Message) (context.Context, trace.Span) {
	options := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(
			semconv.MessagingSystemAWSSQS,
			semconv.MessagingOperationTypeProcess,
			semconv.MessagingOperationName("process"),
			semconv.MessagingDestinationName(c.Name),
			semconv.MessagingMessageID(aws.ToString(message.MessageId)),
			semconv.MessagingMessageBodySize(len(aws.ToString(message.Body))),
		),
	}
	if producer := producerOf(message); producer.IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: producer}))
	}
	return otel.Tracer(scopeName).Start(ctx, "process "+c.Name, options...)
}

// logFields returns the log fields of the message and of its producer's span.
func logFields(message types.Message) []any {
	fields := []any{slog.String("messaging.message.id", aws.ToString(message.MessageId))}
	if producer := producerOf(message); producer.IsValid() {
		fields = append(fields,
			slog.String("linked_trace_id", producer.TraceID().String()),
			slog.String("linked_span_id", producer.SpanID().String()))
	}
	return fields
}

func producerOf(message types.Message) trace.SpanContext {
	carrier := attributeCarrier(message.MessageAttributes)
	return trace.SpanContextFromContext(otel.GetTextMapPropagator().Extract(context.Background(), carrier))
}

func fail(span trace.Span, err error) {
	span.SetStatus(codes.Error, err.Error())
	span.SetAttributes(semconv.ErrorTypeKey.String(errorType(err)))
}

// errorType returns the kind of failure, never its message: the attribute must have low
// cardinality.
func errorType(err error) string {
	if errors.Is(err, ErrMalformed) {
		return "malformed"
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return fmt.Sprintf("%T", err)
}

// attributeCarrier is a carrier over a message's attributes, for reading only.
type attributeCarrier map[string]types.MessageAttributeValue

// Get returns the empty string for an attribute that is not text.
func (c attributeCarrier) Get(key string) string { return aws.ToString(c[key].StringValue) }

// Set does nothing: a received message cannot be changed.
func (attributeCarrier) Set(string, string) {}

// Keys returns the names of the attributes.
func (c attributeCarrier) Keys() []string { return slices.Collect(maps.Keys(c)) }

const scopeName = "github.com/throughline/throughline/demo-react-app/services/orders-api/internal/queue"
