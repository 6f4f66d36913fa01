package shop

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Limits of one order.
const (
	MaxItems    = 20
	MaxQuantity = 99
)

// FieldErrors maps the wrong fields of a request to what is wrong. A field has the name
// that the sender gave it: items[0].quantity.
type FieldErrors map[string]string

// Error lists the fields in a fixed order, so that the same mistake gives the same text.
func (e FieldErrors) Error() string {
	parts := make([]string, 0, len(e))
	for _, field := range slices.Sorted(maps.Keys(e)) {
		parts = append(parts, field+" "+e[field])
	}
	return strings.Join(parts, "; ")
}

// CheckItems returns FieldErrors, or nil when the items can be quoted.
func CheckItems(items []Item) error {
	wrong := FieldErrors{}
	switch {
	case len(items) == 0:
		wrong["items"] = "must not be empty"
	case len(items) > MaxItems:
		wrong["items"] = fmt.Sprintf("must be at most %d", MaxItems)
	}
	seen := make(map[string]bool, len(items))
	for i, item := range items {
		if item.SKU == "" {
			wrong[fmt.Sprintf("items[%d].sku", i)] = "must not be empty"
		} else if seen[item.SKU] {
			wrong[fmt.Sprintf("items[%d].sku", i)] = "is there twice"
		}
		seen[item.SKU] = true
		if item.Quantity < 1 || item.Quantity > MaxQuantity {
			wrong[fmt.Sprintf("items[%d].quantity", i)] = fmt.Sprintf("must be between 1 and %d", MaxQuantity)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return wrong
}

// Price returns lines at list price. It fails with FieldErrors when a SKU is not among
// the products.
func Price(items []Item, products []Product) ([]Line, error) {
	listPrice := make(map[string]int64, len(products))
	for _, product := range products {
		listPrice[product.SKU] = product.PriceCents
	}
	wrong := FieldErrors{}
	lines := make([]Line, 0, len(items))
	for i, item := range items {
		unit, found := listPrice[item.SKU]
		if !found {
			wrong[fmt.Sprintf("items[%d].sku", i)] = "is not sold here"
			continue
		}
		lines = append(lines, Line{
			SKU:        item.SKU,
			Quantity:   item.Quantity,
			UnitCents:  unit,
			TotalCents: unit * int64(item.Quantity),
		})
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return lines, nil
}
