package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/shop"
)

// PlaceOrder stores the quote as an order with its lines, in one transaction.
func (s *Store) PlaceOrder(ctx context.Context, quote shop.Quote) (shop.Order, error) {
	order := shop.Order{Currency: quote.Currency, Lines: quote.Lines, TotalCents: quote.TotalCents}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx,
			`INSERT INTO orders (quote_id, currency, total_cents) VALUES ($1, $2, $3) RETURNING number, placed_at`,
			quote.ID, quote.Currency, quote.TotalCents,
		).Scan(&order.Number, &order.PlacedAt)
		if err != nil {
			return fmt.Errorf("insert the order: %w", err)
		}
		return insertLines(ctx, tx, order)
	})
	if err != nil {
		return shop.Order{}, err
	}
	return order, nil
}

// insertLines stores all lines with one statement.
func insertLines(ctx context.Context, tx pgx.Tx, order shop.Order) error {
	var (
		skus       = make([]string, 0, len(order.Lines))
		quantities = make([]int32, 0, len(order.Lines))
		units      = make([]int64, 0, len(order.Lines))
		totals     = make([]int64, 0, len(order.Lines))
	)
	for _, line := range order.Lines {
		skus = append(skus, line.SKU)
		quantities = append(quantities, int32(line.Quantity))
		units = append(units, line.UnitCents)
		totals = append(totals, line.TotalCents)
	}
	_, err := tx.Exec(ctx,
		`INSERT INTO order_lines (order_number, sku, quantity, unit_cents, total_cents) `+
			`SELECT $1, * FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[])`,
		order.Number, skus, quantities, units, totals,
	)
	if err != nil {
		return fmt.Errorf("insert the lines: %w", err)
	}
	return nil
}
