package api

import (
	"context"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/shop"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/telemetry"
)

func (a *API) products(w http.ResponseWriter, r *http.Request) error {
	products, err := a.Store.Products(r.Context())
	if err != nil {
		return err
	}
	respond(w, http.StatusOK, map[string]any{"products": products})
	return nil
}

func (a *API) placeOrder(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var wanted struct {
		Items []shop.Item `json:"items"`
		// Voucher is the code of one; most orders have none.
		Voucher string `json:"voucher"`
	}
	if err := decode(w, r, &wanted); err != nil {
		return err
	}
	quote, err := a.quote(ctx, wanted.Items)
	if err != nil {
		return err
	}
	if wanted.Voucher != "" {
		voucher, err := a.Vouchers.Voucher(ctx, wanted.Voucher)
		if err != nil {
			return err
		}
		quote = quote.With(voucher)
	}
	order, err := a.Store.PlaceOrder(ctx, quote)
	if err != nil {
		return err
	}
	a.Logger.Info("order placed", telemetry.In(ctx),
		zap.Int64("order.number", order.Number),
		zap.Int64("order.total_cents", order.TotalCents))
	respond(w, http.StatusCreated, order)
	return nil
}

// quote looks up the list prices of the items and asks the pricing service for the
// prices of this customer.
func (a *API) quote(ctx context.Context, items []shop.Item) (shop.Quote, error) {
	if err := shop.CheckItems(items); err != nil {
		return shop.Quote{}, err
	}
	products, err := a.Store.ProductsOf(ctx, items)
	if err != nil {
		return shop.Quote{}, err
	}
	lines, err := shop.Price(items, products)
	if err != nil {
		return shop.Quote{}, err
	}
	return a.Pricing.Quote(ctx, lines)
}

func (a *API) voucher(w http.ResponseWriter, r *http.Request) error {
	voucher, err := a.Vouchers.Voucher(r.Context(), r.PathValue("code"))
	if err != nil {
		return err
	}
	respond(w, http.StatusOK, voucher)
	return nil
}

func (a *API) health(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	if err := a.Store.Ping(ctx); err != nil {
		return err
	}
	respond(w, http.StatusOK, map[string]string{"status": "ok"})
	return nil
}
