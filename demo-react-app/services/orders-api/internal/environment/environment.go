// Package environment reads the addresses of this process from environment variables.
//
// The defaults are those of the demo on one machine.
package environment

import (
	"cmp"
	"os"
)

// Listen is the address the API is served on.
func Listen() string { return variable("ORDERS_LISTEN", "127.0.0.1:8081") }

// DatabaseURL is the shop's PostgreSQL database.
func DatabaseURL() string {
	return variable("DATABASE_URL", "postgres://shop@127.0.0.1:15432/postgres?sslmode=disable")
}

// PricingURL is the pricing service, without a path.
func PricingURL() string { return variable("PRICING_URL", "http://127.0.0.1:8082") }

// VouchersURL is the vouchers service, without a path.
func VouchersURL() string { return variable("VOUCHERS_URL", "http://127.0.0.1:8083") }

// QuotesQueue is the name of the queue of offered quotes.
func QuotesQueue() string { return variable("QUOTES_QUEUE", "quotes") }

func variable(name, otherwise string) string { return cmp.Or(os.Getenv(name), otherwise) }
