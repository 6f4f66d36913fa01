// Package queue consumes the messages of an SQS queue.
package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// SQS is the part of the SQS API that a consumer calls.
type SQS interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessage(context.Context, *sqs.DeleteMessageInput, ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
}

// Consumer calls Process with the messages of one queue, one after the other.
type Consumer struct {
	SQS  SQS
	Name string
	URL  string
	// Process may get a message twice. After an error the message is delivered again;
	// after ErrMalformed it is deleted.
	Process func(ctx context.Context, body string) error
	Logger  *slog.Logger
}

// ErrMalformed is wrapped by every error in the body of a message.
var ErrMalformed = errors.New("malformed message")

// Run receives until ctx ends.
func (c *Consumer) Run(ctx context.Context) {
	c.Logger.InfoContext(ctx, "waiting for messages", slog.String("messaging.destination.name", c.Name))
	for ctx.Err() == nil {
		received, err := c.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl:              aws.String(c.URL),
			MaxNumberOfMessages:   maxMessages,
			VisibilityTimeout:     visibilitySeconds,
			WaitTimeSeconds:       longPollSeconds,
			MessageAttributeNames: []string{"All"},
		})
		if err != nil {
			if ctx.Err() == nil {
				c.Logger.WarnContext(ctx, "the queue does not respond", slog.Any("error", err))
				pause(ctx, afterFailure)
			}
			continue
		}
		c.consumeAll(ctx, received.Messages)
	}
}

// consumeAll processes the received messages even when ctx ends. All messages became
// invisible to other consumers at the same time, so they share one timeout; a message
// that is left then is delivered again.
func (c *Consumer) consumeAll(ctx context.Context, messages []types.Message) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), processTimeout)
	defer cancel()
	for index, message := range messages {
		if ctx.Err() != nil {
			c.Logger.WarnContext(ctx, "no time left for all messages", slog.Int("left", len(messages)-index))
			return
		}
		c.consume(ctx, message)
	}
}

func (c *Consumer) consume(ctx context.Context, message types.Message) {
	ctx, span := c.startSpan(ctx, message)
	defer span.End()
	log := c.Logger.With(logFields(message)...)

	err := c.Process(ctx, aws.ToString(message.Body))
	if err != nil {
		fail(span, err)
		log.ErrorContext(ctx, "message not processed", slog.Any("error", err))
		if !errors.Is(err, ErrMalformed) {
			return
		}
	}
	if err := c.delete(ctx, message); err != nil {
		fail(span, err)
		log.ErrorContext(ctx, "message not deleted", slog.Any("error", err))
		return
	}
	if err == nil {
		log.InfoContext(ctx, "message processed")
	}
}

func (c *Consumer) delete(ctx context.Context, message types.Message) error {
	_, err := c.SQS.DeleteMessage(ctx, &sqs.DeleteMessageInput{
		QueueUrl: aws.String(c.URL), ReceiptHandle: message.ReceiptHandle,
	})
	if err != nil {
		return fmt.Errorf("delete the message: %w", err)
	}
	return nil
}

func pause(ctx context.Context, length time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(length):
	}
}

const (
	maxMessages = 10
	// longPollSeconds is the longest SQS allows.
	longPollSeconds = 20
	// visibilitySeconds after its receipt another consumer may receive a message.
	visibilitySeconds = 30
	// processTimeout is for all messages of one receipt. It ends well before they
	// become visible to other consumers.
	processTimeout = 20 * time.Second
	afterFailure   = time.Second
)
