// Command shop-migrate brings the schema of the shop's database up to date, and ends.
//
// DATABASE_URL names the database; OTEL_* configure telemetry.
package main

import (
	"context"
	"fmt"

	"github.com/sirupsen/logrus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/process"
)

func main() { process.Main("shop-migrate", run) }

func run(ctx context.Context, p process.Process) error {
	ctx, span := otel.Tracer(scopeName).Start(ctx, "migrate")
	defer span.End()
	logger := p.Telemetry.Logrus().WithContext(ctx)

	applied, err := p.Store.Migrate(ctx)
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
		logger.WithError(err).Error("schema not migrated")
		return fmt.Errorf("migrate: %w", err)
	}
	for _, file := range applied {
		logger.WithField("file", file).Info("migration applied")
	}
	logger.WithFields(logrus.Fields{"applied": len(applied)}).Info("schema up to date")
	return nil
}

const scopeName = "github.com/throughline/throughline/demo-react-app/services/orders-api/cmd/shop-migrate"
