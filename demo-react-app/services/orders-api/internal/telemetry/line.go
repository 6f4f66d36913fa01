package telemetry

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// The fields of a line on the console, the same whatever writes it. Those of the trace are of
// https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/.
const (
	timeKey       = "timestamp"
	messageKey    = "message"
	stackKey      = "stacktrace"
	traceIDKey    = "trace_id"
	spanIDKey     = "span_id"
	traceFlagsKey = "trace_flags"
)

// stack returns the stack of the goroutine from the call of the logger on, as zap writes it.
func stack() string {
	counters := make([]uintptr, maxFrames)
	frames := runtime.CallersFrames(counters[:runtime.Callers(1, counters)])
	var text strings.Builder
	logging := true
	for {
		frame, more := frames.Next()
		logging = logging && slices.ContainsFunc(loggers, func(prefix string) bool {
			return strings.HasPrefix(frame.Function, prefix)
		}) && !strings.HasSuffix(frame.File, "_test.go")
		if !logging {
			fmt.Fprintf(&text, "%s\n\t%s:%d\n", frame.Function, frame.File, frame.Line)
		}
		if !more {
			return strings.TrimSuffix(text.String(), "\n")
		}
	}
}

// loggers is what the functions between a logger's caller and stack begin with.
var loggers = []string{scopeName + "/internal/telemetry.", "log/slog.", "github.com/sirupsen/logrus."}

const (
	scopeName = "github.com/throughline/throughline/demo-react-app/services/orders-api"
	maxFrames = 64
)
