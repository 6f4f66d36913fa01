package api

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/felixge/httpsnoop"
	"go.uber.org/zap"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/telemetry"
)

// logged writes a log line for each request.
func (a *API) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == healthPath {
			next.ServeHTTP(w, r)
			return
		}
		response := httpsnoop.CaptureMetrics(next, w, r)
		a.Logger.Info("request served", telemetry.In(r.Context()),
			zap.String("http.request.method", r.Method),
			zap.String("http.route", routeOf(r.Pattern)),
			zap.Int("http.response.status_code", response.Code),
			zap.Float64("duration_ms", float64(response.Duration)/float64(time.Millisecond)))
	})
}

// recovered turns a panic into a 500 and a log record, whose stack has the function that panicked.
func (a *API) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			reason := recover()
			if reason == nil {
				return
			}
			// net/http uses this panic to end a request without a response.
			if err, is := reason.(error); is && errors.Is(err, http.ErrAbortHandler) {
				panic(reason)
			}
			a.Logger.Error("panic", telemetry.In(r.Context()), zap.Error(fmt.Errorf("panic: %v", reason)))
			respond(w, http.StatusInternalServerError, problem{Error: "something went wrong here"})
		}()
		next.ServeHTTP(w, r)
	})
}
