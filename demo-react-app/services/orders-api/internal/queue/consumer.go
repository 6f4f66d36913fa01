// Package queue answers: what becomes of a message in an SQS queue?
package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"go.uber.org/zap"
)

// SQS is what a consumer asks of a queue.
type SQS interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessage(context.Context, *sqs.DeleteMessageInput, ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
}

// Consumer hands the messages of one queue to Process, one after the other.
type Consumer struct {
	SQS  SQS
	Name string
	URL  string
	// Process may see a message twice. One it fails on comes again; one that is
	// an ErrMalformed never gets better and is given up.
	Process func(ctx context.Context, body string) error
	Logger  *zap.Logger
}

// ErrMalformed is wrapped by the failure to read a message.
var ErrMalformed = errors.New("malformed message")

// Run receives until ctx ends.
func (c *Consumer) Run(ctx context.Context) {
	c.Logger.Info("waiting for messages", zap.String("messaging.destination.name", c.Name))
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
				c.Logger.Warn("the queue does not answer", zap.Error(err))
				pause(ctx, afterFailure)
			}
			continue
		}
		c.consumeAll(ctx, received.Messages)
	}
}

// consumeAll finishes what was received even when the process is told to stop.
// All messages became invisible to others at once, so they share the time: one
// that it does not reach is left alone, and comes again.
func (c *Consumer) consumeAll(ctx context.Context, messages []types.Message) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), processTimeout)
	defer cancel()
	for index, message := range messages {
		if ctx.Err() != nil {
			c.Logger.Warn("no time left for all messages", zap.Int("left", len(messages)-index))
			return
		}
		c.consume(ctx, message)
	}
}

func (c *Consumer) consume(ctx context.Context, message types.Message) {
	ctx, span := c.startSpan(ctx, message)
	defer span.End()
	log := c.Logger.With(lineFields(ctx, span, message)...)

	err := c.Process(ctx, aws.ToString(message.Body))
	if err != nil {
		fail(span, err)
		log.Error("message not processed", zap.Error(err))
		if !errors.Is(err, ErrMalformed) {
			return
		}
	}
	if err := c.delete(ctx, message); err != nil {
		fail(span, err)
		log.Error("message not deleted", zap.Error(err))
		return
	}
	if err == nil {
		log.Info("message processed")
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
	// visibilitySeconds after it was received, somebody else gets a message.
	visibilitySeconds = 30
	// processTimeout is for all messages received at once. It ends well before
	// others may have them.
	processTimeout = 20 * time.Second
	afterFailure   = time.Second
)
