package postgres

import (
	"testing"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/postgrestest"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/shop"
)

func TestStore(t *testing.T) {
	url := postgrestest.URL(t)
	store := connect(t, url)
	if applied, err := store.Migrate(t.Context()); err != nil || len(applied) != 2 {
		t.Fatalf("applied %q, %v; want both migrations", applied, err)
	}

	t.Run("a second migration applies nothing and keeps the data", func(t *testing.T) {
		again := connect(t, url)
		if applied, err := again.Migrate(t.Context()); err != nil || len(applied) != 0 {
			t.Errorf("applied %q, %v; want none", applied, err)
		}
		products, err := again.Products(t.Context())
		if err != nil || len(products) != 6 {
			t.Fatalf("%d products, %v; want 6", len(products), err)
		}
	})

	t.Run("unknown products are not found", func(t *testing.T) {
		products, err := store.ProductsOf(t.Context(), []shop.Item{{SKU: "mug"}, {SKU: "yacht"}})
		if err != nil || len(products) != 1 || products[0].SKU != "mug" || products[0].PriceCents != 1450 {
			t.Fatalf("found %+v, %v; want the mug at 14.50", products, err)
		}
	})

	t.Run("an order is stored with its lines", func(t *testing.T) {
		order, err := store.PlaceOrder(t.Context(), quote("01976a50-0000-7000-8000-000000000001", "mug", "lamp"))
		if err != nil {
			t.Fatal(err)
		}
		if order.Number < 1001 || order.PlacedAt.IsZero() {
			t.Errorf("order is %+v", order)
		}
		if lines := count(t, store, `SELECT count(*) FROM order_lines WHERE order_number = $1`, order.Number); lines != 2 {
			t.Errorf("%d lines are stored, want 2", lines)
		}
	})

	t.Run("an order with a bad line is not stored", func(t *testing.T) {
		before := count(t, store, `SELECT count(*) FROM orders`)
		if _, err := store.PlaceOrder(t.Context(), quote("01976a50-0000-7000-8000-000000000002", "mug", "yacht")); err == nil {
			t.Fatal("an unknown product was ordered")
		}
		if after := count(t, store, `SELECT count(*) FROM orders`); after != before {
			t.Errorf("%d orders, were %d", after, before)
		}
	})

	t.Run("a quote that is recorded twice is stored once", func(t *testing.T) {
		offered := quote("01976a50-0000-7000-8000-000000000003", "mug")
		for range 2 {
			if err := store.RecordQuote(t.Context(), offered); err != nil {
				t.Fatal(err)
			}
		}
		if kept := count(t, store, `SELECT count(*) FROM quotes WHERE id = $1`, offered.ID); kept != 1 {
			t.Errorf("it is stored %d times", kept)
		}
	})
}

func connect(t *testing.T, url string) *Store {
	t.Helper()
	store, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	return store
}

func quote(id string, skus ...string) shop.Quote {
	offered := shop.Quote{ID: id, Currency: "EUR"}
	for _, sku := range skus {
		offered.Lines = append(offered.Lines, shop.Line{SKU: sku, Quantity: 1, UnitCents: 100, TotalCents: 100})
		offered.TotalCents += 100
	}
	return offered
}

func count(t *testing.T, store *Store, query string, arguments ...any) int {
	t.Helper()
	var rows int
	if err := store.pool.QueryRow(t.Context(), query, arguments...).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	return rows
}
