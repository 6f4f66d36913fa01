// Package api is the shop's HTTP API: routes, JSON bodies and error responses.
package api

import (
	"net/http"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/postgres"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/pricing"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/vouchers"
)

// API serves the shop.
type API struct {
	Store    *postgres.Store
	Pricing  *pricing.Client
	Vouchers *vouchers.Client
	Logger   *zap.Logger
}

// Handler returns the routes, each request traced and logged.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	a.route(mux, "GET /api/products", a.products)
	a.route(mux, "POST /api/orders", a.placeOrder)
	a.route(mux, "GET /api/vouchers/{code}", a.voucher)
	a.route(mux, "GET "+healthPath, a.health)

	return otelhttp.NewHandler(a.recovered(a.logged(mux)), "orders-api",
		// A health check comes every second and has nothing to trace.
		otelhttp.WithFilter(func(r *http.Request) bool { return r.URL.Path != healthPath }))
}

// endpoint handles a request, or returns an error for which fail responds.
type endpoint func(http.ResponseWriter, *http.Request) error

func (a *API) route(mux *http.ServeMux, pattern string, serve endpoint) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		// otelhttp starts the span before the route is known; it corrects the name
		// later, but not the attribute.
		trace.SpanFromContext(r.Context()).SetAttributes(semconv.HTTPRoute(routeOf(pattern)))
		if err := serve(w, r); err != nil {
			a.fail(w, r, err)
		}
	})
}

// routeOf is the pattern without its method.
func routeOf(pattern string) string {
	_, route, _ := strings.Cut(pattern, " ")
	return route
}

const healthPath = "/healthz"
