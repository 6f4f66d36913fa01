// Command orders-api serves the shop's products and orders.
//
// ORDERS_LISTEN, DATABASE_URL and PRICING_URL are its addresses; OTEL_* configure telemetry.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.uber.org/zap"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/api"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/environment"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/postgres"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/pricing"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/telemetry"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "orders-api:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	sdk, err := telemetry.Start(ctx, "orders-api")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sdk.Shutdown()) }()

	store, err := postgres.Open(ctx, environment.DatabaseURL())
	if err != nil {
		return err
	}
	defer store.Close()

	shop := &api.API{Store: store, Pricing: pricing.New(environment.PricingURL()), Logger: sdk.Logger}
	return serve(ctx, environment.Listen(), shop.Handler(), sdk.Logger)
}

// serve answers requests until ctx ends, then waits for those under way.
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
