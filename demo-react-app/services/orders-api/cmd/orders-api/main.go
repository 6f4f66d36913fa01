// Command orders-api serves the shop's products and orders.
//
// ORDERS_LISTEN, DATABASE_URL, PRICING_URL and VOUCHERS_URL are its addresses; OTEL_* configure
// telemetry. The tables are those of shop-migrate.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/api"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/environment"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/pricing"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/process"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/vouchers"
)

func main() { process.Main("orders-api", run) }

func run(ctx context.Context, p process.Process) error {
	logger := p.Telemetry.Zap()
	shop := &api.API{
		Store:    p.Store,
		Pricing:  pricing.New(environment.PricingURL()),
		Vouchers: vouchers.New(environment.VouchersURL()),
		Logger:   logger,
	}
	return serve(ctx, environment.Listen(), shop.Handler(), logger)
}

// serve handles requests until ctx ends, then waits for those under way.
func serve(ctx context.Context, address string, handler http.Handler, logger *zap.Logger) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("ORDERS_LISTEN: %w", err)
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      15 * time.Second,
		IdleTimeout:       time.Minute,
	}
	logger.Info("listening", zap.Stringer("address", listener.Addr()))
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		return server.Shutdown(limited)
	}
}

const shutdownTimeout = 5 * time.Second
