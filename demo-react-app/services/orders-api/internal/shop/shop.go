// Package shop has the types of the shop: products, quotes, orders and vouchers.
package shop

import "time"

// Product is an article for sale.
type Product struct {
	SKU         string `json:"sku"`
	Name        string `json:"name"`
	Description string `json:"description"`
	// PriceCents is the list price of one piece, before any discount.
	PriceCents int64 `json:"priceCents"`
}

// Item is a product in a basket.
type Item struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// Line is an item with its price.
type Line struct {
	SKU        string `json:"sku"`
	Quantity   int    `json:"quantity"`
	UnitCents  int64  `json:"unitCents"`
	TotalCents int64  `json:"totalCents"`
}

// Quote is the price of a basket that the pricing service offers.
type Quote struct {
	ID         string
	Currency   string
	Lines      []Line
	TotalCents int64
}

// With returns the quote with the discount of a voucher on its total, to the whole cent in the
// customer's favor. Its lines keep their prices.
func (q Quote) With(voucher Voucher) Quote {
	q.TotalCents = q.TotalCents * int64(100-voucher.DiscountPercent) / 100
	return q
}

// Order is a quote that the customer accepted.
type Order struct {
	Number     int64     `json:"number"`
	Currency   string    `json:"currency"`
	Lines      []Line    `json:"lines"`
	TotalCents int64     `json:"totalCents"`
	PlacedAt   time.Time `json:"placedAt"`
}

// Voucher is a code and its discount.
type Voucher struct {
	Code            string `json:"code"`
	DiscountPercent int    `json:"discountPercent"`
}
