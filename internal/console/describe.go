package console

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// chapters are the tags of the API's description, in the order in which its page shows them.
var chapters = []*huma.Tag{
	{Name: "Overview", Description: "Now, and a month beside the one before."},
	{Name: "Explore", Description: "Any measure by any dimensions, filtered; the language of filters."},
	{Name: "Saved views", Description: "Questions of the explore page under a name."},
	{Name: "Networks", Description: "The parties, one by one, and the catalogue that says what they are."},
	{Name: "Process", Description: "Exporters, links, loss, and how the process stands."},
	{Name: "Reports", Description: "What was built of a period, and building more."},
	{Name: "Manual", Description: "The documentation that the program brings."},
	{Name: "Access", Description: "Who may ask, and what was changed by whom."},
}

// refusals are the statuses that an operation answers with beside those that follow from its form.
var refusals = map[string][]int{
	"log-in":      {http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict, http.StatusTooManyRequests, http.StatusServiceUnavailable},
	"put-view":    {http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired},
	"delete-view": {http.StatusPreconditionFailed},
}

// refusalMeans says of each status what it means here.
var refusalMeans = map[int]string{
	http.StatusBadRequest:           "The question is wrong: the detail says how, errors where.",
	http.StatusUnauthorized:         "Nobody has logged in, or the session has ended, or the token or password is wrong.",
	http.StatusForbidden:            "The role does not allow it, or the request comes from where it may not.",
	http.StatusNotFound:             "There is no such thing.",
	http.StatusConflict:             "It does not go with what there is: the detail says why.",
	http.StatusPreconditionFailed:   "Somebody has changed it meanwhile.",
	http.StatusPreconditionRequired: "There is one already: send its etag as If-Match to replace it.",
	http.StatusTooManyRequests:      "Too many log-ins have failed, or too many questions are being asked under this name; Retry-After says how many seconds to wait.",
	http.StatusServiceUnavailable:   "Not now: the detail says why. Retry-After may say for how long.",
}

// describe completes the API's description once every operation is there: the ways to be known, the
// chapters, and for each operation who may ask it and the errors that it answers with.
func describe(api huma.API) {
	doc := api.OpenAPI()
	doc.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: "tributary", Description: "The session that logging in begins. Over an encrypted connection the cookie is named __Host-tributary."},
		"token":   {Type: "http", Scheme: "bearer", Description: "A token that 'tributary token' has made: Authorization: Bearer trb_...."},
	}
	used := map[string]bool{}
	for _, item := range doc.Paths {
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if o == nil {
				continue
			}
			for _, tag := range o.Tags {
				used[tag] = true
			}
			describeOne(o)
		}
	}
	for _, c := range chapters {
		if used[c.Name] {
			doc.Tags = append(doc.Tags, c)
		}
	}
}

// describeOne says who may ask an operation, and its errors. 422 is the library's for what is answered
// with 400.
func describeOne(o *huma.Operation) {
	role, _ := o.Metadata["role"].(Role)
	statuses := slices.Clone(refusals[o.OperationID])
	if len(o.Parameters) > 0 || o.RequestBody != nil {
		statuses = append(statuses, http.StatusBadRequest)
	}
	if role > Anyone {
		o.Security = []map[string][]string{{"session": {}}, {"token": {}}}
		statuses = append(statuses, http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	}
	if role == Editor {
		statuses = append(statuses, http.StatusForbidden)
		o.Description += " It needs the role editor."
	}
	for _, p := range o.Parameters {
		if p.In == "path" {
			statuses = append(statuses, http.StatusNotFound)
		}
	}
	other := o.Responses["default"]
	delete(o.Responses, strconv.Itoa(http.StatusUnprocessableEntity))
	if other == nil {
		other = o.Responses[strconv.Itoa(http.StatusInternalServerError)]
	}
	if other == nil {
		return
	}
	delete(o.Responses, strconv.Itoa(http.StatusInternalServerError))
	o.Responses["default"] = &huma.Response{Description: "Any other error.", Content: other.Content}
	for _, status := range statuses {
		o.Responses[strconv.Itoa(status)] = &huma.Response{Description: refusalMeans[status], Content: other.Content}
	}
}
