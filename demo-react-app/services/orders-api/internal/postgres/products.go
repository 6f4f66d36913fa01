package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/shop"
)

// Products returns all products, by name.
func (s *Store) Products(ctx context.Context) ([]shop.Product, error) {
	return s.products(ctx, `SELECT sku, name, description, price_cents FROM products ORDER BY name`)
}

// ProductsOf returns the products of the items, without unknown ones.
func (s *Store) ProductsOf(ctx context.Context, items []shop.Item) ([]shop.Product, error) {
	skus := make([]string, 0, len(items))
	for _, item := range items {
		skus = append(skus, item.SKU)
	}
	return s.products(ctx, `SELECT sku, name, description, price_cents FROM products WHERE sku = ANY($1)`, skus)
}

func (s *Store) products(ctx context.Context, query string, arguments ...any) ([]shop.Product, error) {
	rows, err := s.pool.Query(ctx, query, arguments...)
	if err != nil {
		return nil, fmt.Errorf("select products: %w", err)
	}
	products, err := pgx.CollectRows(rows, pgx.RowToStructByPos[shop.Product])
	if err != nil {
		return nil, fmt.Errorf("select products: %w", err)
	}
	return products, nil
}
