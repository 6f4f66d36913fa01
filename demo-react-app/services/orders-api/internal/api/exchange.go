package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/shop"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/telemetry"
	"github.com/throughline/throughline/demo-react-app/services/orders-api/internal/upstream"
)

// requestError is a mistake of the sender.
type requestError struct {
	status  int
	message string
}

func (e *requestError) Error() string { return e.message }

// decode reads one JSON value that has no unknown fields.
func decode(w http.ResponseWriter, r *http.Request, into any) error {
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequestBytes))
	body.DisallowUnknownFields()
	if err := body.Decode(into); err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return &requestError{http.StatusRequestEntityTooLarge,
				fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit)}
		}
		return &requestError{http.StatusBadRequest, "the body is not the JSON expected here: " + err.Error()}
	}
	if _, err := body.Token(); !errors.Is(err, io.EOF) {
		return &requestError{http.StatusBadRequest, "the body has something behind its JSON"}
	}
	return nil
}

func respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// Encode fails when the client is gone; nobody would read an error.
	_ = json.NewEncoder(w).Encode(body)
}

type problem struct {
	Error  string            `json:"error"`
	Fields map[string]string `json:"fields,omitempty"`
}

// fail responds with the status of who is at fault: 4xx the sender, 502 a service behind this
// one, 500 this service.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, response := problemOf(err)
	log := a.Logger.With(telemetry.In(r.Context()))
	if status >= http.StatusInternalServerError {
		// https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
		trace.SpanFromContext(r.Context()).SetAttributes(semconv.ErrorTypeKey.String(strconv.Itoa(status)))
		log.Error(response.Error, zap.Error(err))
	} else {
		log.Warn(response.Error, zap.NamedError("reason", err))
	}
	respond(w, status, response)
}

func problemOf(err error) (int, problem) {
	var (
		request     *requestError
		fields      shop.FieldErrors
		refused     *upstream.StatusError
		unreadable  *upstream.UnreadableError
		unreachable *upstream.UnreachableError
	)
	switch {
	case errors.As(err, &request):
		return request.status, problem{Error: request.message}
	case errors.As(err, &fields):
		return http.StatusUnprocessableEntity, problem{Error: "some fields are wrong", Fields: fields}
	case errors.As(err, &refused) && refused.Status == http.StatusNotFound:
		return http.StatusNotFound, problem{Error: refused.Detail}
	case errors.As(err, &refused):
		return http.StatusBadGateway, problem{Error: "the " + refused.Service + " service failed"}
	case errors.As(err, &unreadable):
		return http.StatusBadGateway, problem{Error: "the " + unreadable.Service + " service failed"}
	case errors.As(err, &unreachable):
		return http.StatusBadGateway, problem{Error: "the " + unreachable.Service + " service cannot be reached"}
	default:
		return http.StatusInternalServerError, problem{Error: "something went wrong here"}
	}
}

const maxRequestBytes = 64 << 10
