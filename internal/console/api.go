package console

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tributary/internal/stats"
)

// operation is one operation of the HTTP API, as its description says it.
type operation struct {
	id      string // unique: "get-overview"
	method  string
	path    string // under /api/v1
	tag     string // the chapter of the description that it stands in
	summary string // a few words
	about   string // sentences: what it answers, units, bounds
	role    Role   // the least that may ask it
	body    int64  // octets that are read of what is sent; 0: 1 MiB
}

// reply is an answer with its headers.
type reply[O any] struct {
	CacheControl string `header:"Cache-Control"`
	Body         *O
}

// serveAPI makes the API on the mux, with its description at /api/v1/openapi.json and .yaml.
func (c *Console) serveAPI(mux *http.ServeMux) huma.API {
	config := huma.DefaultConfig("Tributary", "1")
	config.Info.Description = "What Tributary's console knows: whom the network exchanges traffic with, how much, with how many parties, how heavily; and how it was counted. Times are RFC 3339, UTC. Errors are problem details (RFC 9457) whose detail is a sentence."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "/api/v1/openapi", "", ""
	config.CreateHooks = nil // no $schema links
	config.RejectUnknownQueryParameters = true
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[stats.Num](), reflect.TypeFor[*float64]())
	api := humago.New(mux, config)
	c.registerStatus(api)
	c.registerUnknown(api)
	c.registerExporter(api)
	c.registerInterfaces(api)
	c.registerSession(api)
	c.registerAudit(api)
	c.registerViews(api)
	c.registerOverview(api)
	c.registerNow(api)
	c.registerReports(api)
	c.registerExplore(api)
	c.registerNetworks(api)
	c.registerManual(api)
	describe(api)
	return api
}

// schemaName is a type's name in the description: of package explore with its package, which has names
// that are the console's too.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := huma.DefaultSchemaNamer(t, hint)
	if strings.HasSuffix(t.PkgPath(), "/explore") {
		name = "Explore" + name
	}
	return name
}

// forbidden is the problem of who may not ask an operation; nil for who may.
func (c *Console) forbidden(ctx context.Context, o operation) error {
	if identityOf(ctx).Role < o.role {
		c.auditRefusal(ctx, o.method+" /api/v1"+o.path, "needs the role "+o.role.String())
		return &problem{Title: http.StatusText(http.StatusForbidden), Status: http.StatusForbidden, Detail: "This needs the role " + o.role.String() + "; you are logged in as " + identityOf(ctx).Name + ", " + identityOf(ctx).Role.String() + "."}
	}
	return nil
}

// on adds an operation. An error that is no userError goes to the log; whoever asked is told only that
// it is there.
func on[I, O any](c *Console, api huma.API, o operation, f func(context.Context, *I) (*O, error)) {
	huma.Register(api, o.described(), func(ctx context.Context, in *I) (*reply[O], error) {
		if err := c.forbidden(ctx, o); err != nil {
			return nil, err
		}
		value, err := f(ctx, in)
		if err != nil {
			return nil, c.problemOf(ctx, o, err)
		}
		return &reply[O]{CacheControl: "no-store", Body: value}, nil
	})
}

// described is the operation as the library takes it.
func (o operation) described() huma.Operation {
	return huma.Operation{
		OperationID: o.id, Method: o.method, Path: "/api/v1" + o.path,
		Tags: []string{o.tag}, Summary: o.summary, Description: o.about,
		Metadata: map[string]any{"role": o.role}, MaxBodyBytes: o.body,
	}
}

// problemOf makes of an error what whoever asked may know of it.
func (c *Console) problemOf(ctx context.Context, o operation, err error) error {
	var user *userError
	switch {
	case errors.As(err, &user):
		return &problem{Title: http.StatusText(user.status), Status: user.status, Detail: user.detail, Errors: user.places}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &problem{Title: http.StatusText(http.StatusServiceUnavailable), Status: http.StatusServiceUnavailable, Detail: "This takes longer than a minute here: ask about less, such as a shorter time or larger steps. What it has to wait for may be others' questions: then it helps to ask again."}
	case ctx.Err() != nil: // the client has gone, or the process is ending
		return &problem{Title: http.StatusText(http.StatusServiceUnavailable), Status: http.StatusServiceUnavailable, Detail: "The question was cancelled."}
	}
	c.log.Error("cannot answer", "path", o.path, "err", err)
	return &problem{
		Title: http.StatusText(http.StatusInternalServerError), Status: http.StatusInternalServerError,
		Detail: "The question could not be answered; the log of the process says why.",
	}
}

// The library's errors, such as of a parameter that is no number, become problems too.
func init() {
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		if status == http.StatusUnprocessableEntity { // the library's, of parameters: to clients a 400 like any other
			status = http.StatusBadRequest
		}
		p := &problem{Title: http.StatusText(status), Status: status, Detail: plainDetail(status, message)}
		if ctx != nil {
			u := ctx.URL()
			p.Instance = u.Path
		}
		for _, err := range errs {
			var d huma.ErrorDetailer
			if errors.As(err, &d) {
				p.Errors = append(p.Errors, place{Location: d.ErrorDetail().Location, Message: plainMessage(d.ErrorDetail().Message)})
			}
		}
		if len(p.Errors) > 0 {
			p.Detail = p.Errors[0].sentence()
		}
		return p
	}
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return huma.NewErrorWithContext(nil, status, message, errs...)
	}
}

// plainDetail is a sentence of ours for what the library says of a request as a whole.
func plainDetail(status int, message string) string {
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return "What is sent is too large."
	case status == http.StatusRequestTimeout:
		return "What is sent has not come in time."
	case message == "request body is required":
		return "What is sent is empty: it has to be a JSON object."
	}
	return message
}

// plainMessage is a message of the library that names none of the program's types. Of JSON it names them
// where the description of the API allows what the types do not: a name that stands twice, a number of
// thirty digits. Values to choose from are listed without the empty one, which is what a missing one means.
func plainMessage(message string) string {
	if strings.HasPrefix(message, "json: ") {
		return "a name stands twice, or a value is not of the kind or size that the API's description says"
	}
	if list, ok := strings.CutPrefix(message, `expected value to be one of "`); ok {
		return "must be one of " + strings.TrimSuffix(strings.TrimSuffix(list, `"`), ", ")
	}
	return message
}

// sentence is where and what.
func (p place) sentence() string {
	where := strings.TrimPrefix(strings.TrimPrefix(p.Location, "query."), "path.")
	if where == "" {
		return sentence(p.Message)
	}
	return where + ": " + sentence(p.Message)
}
