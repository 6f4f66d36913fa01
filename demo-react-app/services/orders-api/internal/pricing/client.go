// Package pricing is the client of the pricing service.
package pricing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/shop"
)

// Client calls the pricing service; every call is a client span and propagates the
// trace context.
type Client struct {
	base string
	http *http.Client
}

// New returns a client for the service at base, http://host:port.
func New(base string) *Client {
	return &Client{base: base, http: &http.Client{
		Timeout: timeout,
		Transport: otelhttp.NewTransport(http.DefaultTransport,
			// https://opentelemetry.io/docs/specs/semconv/http/http-spans/#name
			otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Method })),
	}}
}

// StatusError is a response of the pricing service with an error status.
type StatusError struct {
	Status int
	Detail string
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("the pricing service responded with %d: %s", e.Status, e.Detail)
}

// ErrUnreachable is wrapped by every error that leaves a call without a response.
var ErrUnreachable = errors.New("the pricing service cannot be reached")

// ErrUnreadable is wrapped by every error in the body of a successful response.
var ErrUnreadable = errors.New("the pricing service's response cannot be read")

// Quote asks for a quote for lines at list price.
func (c *Client) Quote(ctx context.Context, lines []shop.Line) (shop.Quote, error) {
	basket := quoteRequest{Items: make([]quoteItem, 0, len(lines))}
	for _, line := range lines {
		basket.Items = append(basket.Items, quoteItem{line.SKU, line.Quantity, line.UnitCents})
	}
	body, err := json.Marshal(basket)
	if err != nil {
		return shop.Quote{}, fmt.Errorf("encode the basket: %w", err)
	}
	response, err := c.call(ctx, http.MethodPost, "/quotes", bytes.NewReader(body))
	if err != nil {
		return shop.Quote{}, fmt.Errorf("quote: %w", err)
	}
	quote, err := DecodeQuote(response)
	if err != nil {
		return shop.Quote{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return quote, nil
}

// Voucher looks up the voucher of a code.
func (c *Client) Voucher(ctx context.Context, code string) (shop.Voucher, error) {
	body, err := c.call(ctx, http.MethodGet, "/vouchers/"+url.PathEscape(code), http.NoBody)
	if err != nil {
		return shop.Voucher{}, fmt.Errorf("voucher: %w", err)
	}
	var response voucherResponse
	if err := json.Unmarshal(body, &response); err != nil {
		return shop.Voucher{}, fmt.Errorf("%w: decode the voucher: %w", ErrUnreadable, err)
	}
	return shop.Voucher{Code: response.Code, DiscountPercent: response.DiscountPercent}, nil
}

func (c *Client) call(ctx context.Context, method, path string, body io.Reader) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer response.Body.Close()
	// The body is read to its end, so that the span ends and the connection is reused.
	content, err := io.ReadAll(io.LimitReader(response.Body, maxResponseBytes))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return nil, &StatusError{response.StatusCode, detail(content)}
	}
	return content, nil
}

// detail returns the message of a FastAPI error; empty when there is none.
func detail(response []byte) string {
	var problem struct {
		Detail string `json:"detail"`
	}
	if json.Unmarshal(response, &problem) != nil {
		return ""
	}
	return problem.Detail
}

const (
	timeout          = 5 * time.Second
	maxResponseBytes = 1 << 20
)
