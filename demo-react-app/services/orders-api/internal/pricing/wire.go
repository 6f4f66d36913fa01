package pricing

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/shop"
)

// DecodeQuote decodes a quote of the pricing service, from a response or a message.
func DecodeQuote(body []byte) (shop.Quote, error) {
	var written quoteResponse
	if err := json.Unmarshal(body, &written); err != nil {
		return shop.Quote{}, fmt.Errorf("decode the quote: %w", err)
	}
	if written.ID == "" || written.TotalCents <= 0 {
		return shop.Quote{}, errors.New("decode the quote: it has no id or no total")
	}
	return written.quote(), nil
}

type quoteItem struct {
	SKU       string `json:"sku"`
	Quantity  int    `json:"quantity"`
	UnitCents int64  `json:"unit_cents"`
}

type quoteRequest struct {
	Items []quoteItem `json:"items"`
}

type quoteLine struct {
	quoteItem
	TotalCents int64 `json:"total_cents"`
}

type quoteResponse struct {
	ID         string      `json:"id"`
	Currency   string      `json:"currency"`
	Lines      []quoteLine `json:"lines"`
	TotalCents int64       `json:"total_cents"`
}

func (r quoteResponse) quote() shop.Quote {
	quote := shop.Quote{ID: r.ID, Currency: r.Currency, TotalCents: r.TotalCents}
	for _, line := range r.Lines {
		quote.Lines = append(quote.Lines, shop.Line{
			SKU: line.SKU, Quantity: line.Quantity, UnitCents: line.UnitCents, TotalCents: line.TotalCents,
		})
	}
	return quote
}
