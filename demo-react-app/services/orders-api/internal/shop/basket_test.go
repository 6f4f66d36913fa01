package shop

import (
	"errors"
	"maps"
	"testing"
)

func TestCheckItems(t *testing.T) {
	tooMany := make([]Item, MaxItems+1)
	for i := range tooMany {
		tooMany[i] = Item{SKU: string(rune('a' + i)), Quantity: 1}
	}
	for name, test := range map[string]struct {
		items []Item
		wrong FieldErrors
	}{
		"good":      {[]Item{{"mug", 1}, {"lamp", MaxQuantity}}, nil},
		"empty":     {nil, FieldErrors{"items": "must not be empty"}},
		"too many":  {tooMany, FieldErrors{"items": "must be at most 20"}},
		"no sku":    {[]Item{{"", 1}}, FieldErrors{"items[0].sku": "must not be empty"}},
		"twice":     {[]Item{{"mug", 1}, {"mug", 2}}, FieldErrors{"items[1].sku": "is there twice"}},
		"none":      {[]Item{{"mug", 0}}, FieldErrors{"items[0].quantity": "must be between 1 and 99"}},
		"a hundred": {[]Item{{"mug", 100}}, FieldErrors{"items[0].quantity": "must be between 1 and 99"}},
		"two wrong": {[]Item{{"", -1}}, FieldErrors{
			"items[0].sku":      "must not be empty",
			"items[0].quantity": "must be between 1 and 99",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			expectFields(t, CheckItems(test.items), test.wrong)
		})
	}
}

func TestPrice(t *testing.T) {
	products := []Product{{SKU: "mug", PriceCents: 1450}, {SKU: "lamp", PriceCents: 6900}}

	lines, err := Price([]Item{{"lamp", 1}, {"mug", 3}}, products)
	expectFields(t, err, nil)
	if want := (Line{SKU: "mug", Quantity: 3, UnitCents: 1450, TotalCents: 4350}); lines[1] != want {
		t.Errorf("line is %+v, want %+v", lines[1], want)
	}

	_, err = Price([]Item{{"mug", 1}, {"yacht", 1}}, products)
	expectFields(t, err, FieldErrors{"items[1].sku": "is not sold here"})
}

func expectFields(t *testing.T, err error, want FieldErrors) {
	t.Helper()
	if want == nil {
		if err != nil {
			t.Fatalf("unexpected error: %v", err)
		}
		return
	}
	var got FieldErrors
	if !errors.As(err, &got) || !maps.Equal(got, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}
