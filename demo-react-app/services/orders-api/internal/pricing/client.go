// Package pricing is the client of the pricing service.
package pricing

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/shop"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/upstream"
)

// Client calls the pricing service.
type Client struct{ service *upstream.Service }

// New returns a client for the service at base, http://host:port.
func New(base string) *Client { return &Client{upstream.New("pricing", base)} }

// Quote asks for a quote for lines at list price.
func (c *Client) Quote(ctx context.Context, lines []shop.Line) (quote shop.Quote, err error) {
	basket := quoteRequest{Items: make([]quoteItem, 0, len(lines))}
	for _, line := range lines {
		basket.Items = append(basket.Items, quoteItem{line.SKU, line.Quantity, line.UnitCents})
	}
	body, err := json.Marshal(basket)
	if err != nil {
		return shop.Quote{}, fmt.Errorf("encode the basket: %w", err)
	}
	err = c.service.Call(ctx, http.MethodPost, "/quotes", bytes.NewReader(body), func(response []byte) (err error) {
		quote, err = DecodeQuote(response)
		return err
	})
	return quote, err
}
