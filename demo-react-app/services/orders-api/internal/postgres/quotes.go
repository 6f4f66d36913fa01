package postgres

import (
	"context"
	"fmt"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/shop"
)

// RecordQuote stores a quote. A queue delivers at least once, so a quote that is
// stored already is not an error.
func (s *Store) RecordQuote(ctx context.Context, quote shop.Quote) error {
	_, err := s.pool.Exec(ctx,
		`INSERT INTO quotes (id, currency, total_cents) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		quote.ID, quote.Currency, quote.TotalCents,
	)
	if err != nil {
		return fmt.Errorf("insert the quote: %w", err)
	}
	return nil
}
