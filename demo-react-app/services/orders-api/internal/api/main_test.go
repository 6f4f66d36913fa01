package api

import (
	"os"
	"testing"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/postgrestest"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Run(m)) }
