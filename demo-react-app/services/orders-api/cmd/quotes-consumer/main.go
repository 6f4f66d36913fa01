// Command quotes-consumer stores every quote that the pricing service offers.
//
// DATABASE_URL and QUOTES_QUEUE name the database and the queue, AWS_* the SQS service;
// OTEL_* configure telemetry.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/environment"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/postgres"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/pricing"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/queue"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/telemetry"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "quotes-consumer:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	sdk, err := telemetry.Start(ctx, "quotes-consumer")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sdk.Shutdown()) }()

	store, err := postgres.Open(ctx, environment.DatabaseURL())
	if err != nil {
		return err
	}
	defer store.Close()

	name := environment.QuotesQueue()
	client, url, err := queue.Connect(ctx, name)
	if err != nil {
		return err
	}
	consumer := &queue.Consumer{SQS: client, Name: name, URL: url, Process: record(store), Logger: sdk.Logger}
	consumer.Run(ctx)
	return nil
}

func record(store *postgres.Store) func(context.Context, string) error {
	return func(ctx context.Context, body string) error {
		quote, err := pricing.DecodeQuote([]byte(body))
		if err != nil {
			return fmt.Errorf("%w: %w", queue.ErrMalformed, err)
		}
		return store.RecordQuote(ctx, quote)
	}
}
