// Command quotes-consumer stores every quote that the pricing service offers.
//
// DATABASE_URL and QUOTES_QUEUE name the database and the queue, AWS_* the SQS service;
// OTEL_* configure telemetry. The tables are those of shop-migrate.
package main

import (
	"context"
	"fmt"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/environment"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/postgres"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/pricing"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/process"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/queue"
)

func main() { process.Main("quotes-consumer", run) }

func run(ctx context.Context, p process.Process) error {
	name := environment.QuotesQueue()
	client, url, err := queue.Connect(ctx, name)
	if err != nil {
		return err
	}
	consumer := &queue.Consumer{SQS: client, Name: name, URL: url, Process: record(p.Store), Logger: p.Telemetry.Slog()}
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
