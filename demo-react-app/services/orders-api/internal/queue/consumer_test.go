package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/telemetrytest"
)

func TestConsumer(t *testing.T) {
	for name, test := range map[string]struct {
		failure error
		deleted int
		status  codes.Code
	}{
		"a processed message is deleted":  {nil, 1, codes.Unset},
		"a failed message is not deleted": {errors.New("the database is down"), 0, codes.Error},
		"a malformed message is deleted":  {fmt.Errorf("%w: no id", ErrMalformed), 1, codes.Error},
	} {
		t.Run(name, func(t *testing.T) {
			spans := telemetrytest.RecordSpans(t)
			queue := &oneReceipt{messages: []types.Message{quoted("00-" + producerTrace + "-" + producerSpan + "-01")}}
			queue.run(t, func(context.Context, string) error { return test.failure })

			if queue.deleted != test.deleted {
				t.Errorf("%d deleted, want %d", queue.deleted, test.deleted)
			}
			span := spans.Ended()[0]
			if span.Status().Code != test.status {
				t.Errorf("status is %s, want %s", span.Status().Code, test.status)
			}
			if span.Name() != "process quotes" || span.SpanKind() != trace.SpanKindConsumer {
				t.Errorf("span is %s %q", span.SpanKind(), span.Name())
			}
			if span.Parent().IsValid() || span.SpanContext().TraceID().String() == producerTrace {
				t.Error("the span is in the producer's trace, not one of its own")
			}
			if links := span.Links(); len(links) != 1 ||
				links[0].SpanContext.TraceID().String() != producerTrace ||
				links[0].SpanContext.SpanID().String() != producerSpan {
				t.Errorf("links are %v, want the producer's span", links)
			}
			attributes := attribute.NewSet(span.Attributes()...)
			for key, want := range map[attribute.Key]string{
				"messaging.system": "aws_sqs", "messaging.operation.type": "process",
				"messaging.operation.name": "process", "messaging.destination.name": "quotes",
				"messaging.message.id": "message-1",
			} {
				if value, _ := attributes.Value(key); value.Emit() != want {
					t.Errorf("%s is %q, want %q", key, value.Emit(), want)
				}
			}
		})
	}
}

func TestAMessageWithoutATraceIsProcessed(t *testing.T) {
	spans := telemetrytest.RecordSpans(t)
	queue := &oneReceipt{messages: []types.Message{quoted("no traceparent")}}
	queue.run(t, func(ctx context.Context, body string) error {
		if body != "{}" || !trace.SpanContextFromContext(ctx).IsValid() {
			t.Errorf("body %q, span %v", body, trace.SpanContextFromContext(ctx))
		}
		return nil
	})
	if links := spans.Ended()[0].Links(); len(links) != 0 {
		t.Errorf("it has links: %v", links)
	}
}

func TestNoMessageIsProcessedAfterItsVisibilityTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		telemetrytest.RecordSpans(t)
		var waiting []types.Message
		for range maxMessages {
			waiting = append(waiting, quoted("no traceparent"))
		}
		begun, ended := 0, 0
		queue := &oneReceipt{messages: waiting}
		queue.run(t, func(ctx context.Context, _ string) error {
			begun++
			if time.Now().After(queue.visible) {
				t.Errorf("message %d is processed after its visibility timeout", begun)
			}
			select {
			case <-time.After(8 * time.Second):
				ended++
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		if ended == 0 || queue.deleted != ended {
			t.Errorf("%d processed and %d deleted", ended, queue.deleted)
		}
		if begun == maxMessages {
			t.Error("all messages were processed: this test needs slower ones")
		}
	})
}

// oneReceipt is a queue that delivers its messages once and then stops the consumer.
type oneReceipt struct {
	messages []types.Message
	deleted  int
	// visible is when the messages become visible to other consumers.
	visible time.Time
	stop    context.CancelFunc
	asked   int
}

func (q *oneReceipt) run(t *testing.T, process func(context.Context, string) error) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	q.stop = stop
	(&Consumer{SQS: q, Name: "quotes", URL: "http://sqs/quotes", Process: process, Logger: slog.New(slog.DiscardHandler)}).Run(ctx)
}

func (q *oneReceipt) ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	q.asked++
	if q.asked > 1 {
		q.stop()
		return nil, ctx.Err()
	}
	q.visible = time.Now().Add(time.Duration(in.VisibilityTimeout) * time.Second)
	return &sqs.ReceiveMessageOutput{Messages: q.messages}, nil
}

func (q *oneReceipt) DeleteMessage(_ context.Context, in *sqs.DeleteMessageInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error) {
	if aws.ToString(in.ReceiptHandle) == "receipt-1" {
		q.deleted++
	}
	return &sqs.DeleteMessageOutput{}, nil
}

func quoted(traceparent string) types.Message {
	return types.Message{
		MessageId: aws.String("message-1"), ReceiptHandle: aws.String("receipt-1"), Body: aws.String("{}"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"traceparent": {DataType: aws.String("String"), StringValue: aws.String(traceparent)},
		},
	}
}

const (
	producerTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	producerSpan  = "00f067aa0ba902b7"
)
