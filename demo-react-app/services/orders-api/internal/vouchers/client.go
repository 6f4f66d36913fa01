// Package vouchers is the client of the vouchers service.
package vouchers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/shop"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/upstream"
)

// Client calls the vouchers service.
type Client struct{ service *upstream.Service }

// New returns a client for the service at base, http://host:port.
func New(base string) *Client { return &Client{upstream.New("vouchers", base)} }

// Voucher looks up the voucher of a code.
func (c *Client) Voucher(ctx context.Context, code string) (voucher shop.Voucher, err error) {
	path := "/vouchers/" + url.PathEscape(code)
	err = c.service.Call(ctx, http.MethodGet, path, http.NoBody, func(response []byte) error {
		var written voucherResponse
		if err := json.Unmarshal(response, &written); err != nil {
			return fmt.Errorf("decode the voucher: %w", err)
		}
		voucher = shop.Voucher{Code: written.Code, DiscountPercent: written.DiscountPercent}
		return nil
	})
	return voucher, err
}

type voucherResponse struct {
	Code            string `json:"code"`
	DiscountPercent int    `json:"discount_percent"`
}
