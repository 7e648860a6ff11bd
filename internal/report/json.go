package report

import (
	"bytes"
	"encoding/json"
	"time"

	"tributary/internal/figure"
)

// The shape of report.json. A number is a JSON number with all its digits; one that is hidden is the
// string "hidden", and one that does not exist is null.
type (
	jsonReport struct {
		Period     jsonPeriod      `json:"period"`
		Before     *jsonPeriod     `json:"before"`          // null where the store has no traffic of it
		Draft      []string        `json:"draft,omitempty"` // what the self-check found, where the report was written all the same
		Simulated  bool            `json:"simulated"`
		Normalized bool            `json:"normalized"`
		Key        []jsonNumber    `json:"key_numbers"`
		Findings   []jsonFinding   `json:"findings"`
		Figures    []jsonFigure    `json:"figures"`
		Coverage   jsonCoverage    `json:"coverage"`
		Thresholds []jsonThreshold `json:"thresholds"`
		Citation   *jsonCitation   `json:"citation,omitempty"`
	}
	jsonPeriod struct {
		Name  string    `json:"name"`
		From  time.Time `json:"from"`
		To    time.Time `json:"to"` // exclusive
		Whole bool      `json:"whole"`
	}
	jsonNumber struct {
		Name  string    `json:"name"`
		Value jsonValue `json:"value"`
		Unit  string    `json:"unit"`
		Text  string    `json:"text"` // as the page has it
		Note  string    `json:"note,omitempty"`
	}
	jsonFinding struct {
		Rule    string       `json:"rule"` // by which it was found
		Text    string       `json:"text"`
		Figure  string       `json:"figure"`
		Numbers []jsonNumber `json:"numbers"`
	}
	jsonFigure struct {
		Name    string       `json:"name"`
		Chapter string       `json:"chapter"`
		Title   string       `json:"title"`
		Caption string       `json:"caption"`
		Reading string       `json:"reading"`
		Alt     string       `json:"alt"`
		Columns []jsonColumn `json:"columns"`
		Rows    [][]any      `json:"rows"`
	}
	jsonColumn struct {
		Name string `json:"name"`
		Unit string `json:"unit,omitempty"`
	}
	jsonCoverage struct {
		Regions      []jsonRegion  `json:"regions"`
		All          jsonRegion    `json:"all"`
		Unclassified jsonValue     `json:"unclassified_share"`
		Refused      []jsonRefused `json:"refused"`
		Loss         string        `json:"loss"`             // sentences
		Silence      string        `json:"silence"`          // sentences
		Thin         string        `json:"thin,omitempty"`   // a sentence, where months are hardly covered
		Frozen       string        `json:"frozen,omitempty"` // a sentence, where months are
		Places       string        `json:"places,omitempty"` // a sentence, where there are no figures of places
	}
	jsonRegion struct {
		Region    string    `json:"region"`
		Slots     jsonValue `json:"coverage"`
		Exporters int       `json:"exporters"`
		Rates     []uint32  `json:"sampling_rates"` // 0 = none known
		Loss      jsonValue `json:"loss"`           // estimated share of the exported records that never arrived
		Worst     jsonValue `json:"loss_worst"`     // of the exporter that lost most
		Losing    int       `json:"exporters_losing"`
		Unrated   int       `json:"exporters_without_rate"`
		Error     jsonValue `json:"sampling_error"` // relative half-width of the 95 % interval of the bits
		Empty     int       `json:"slots_without_data"`
		Silent    int       `json:"exporters_silent"`
		Longest   int       `json:"longest_silence_slots"`
		*Read               // left out where it is hidden
	}
	jsonRefused struct {
		Reason string `json:"reason"`
		Unit   string `json:"unit"`
		Count  uint64 `json:"count"`
	}
	jsonCitation struct {
		Title       string `json:"title"`
		Publisher   string `json:"publisher,omitempty"`
		Dates       string `json:"dates"`
		Version     string `json:"version"` // of the program
		URL         string `json:"url,omitempty"`
		Fingerprint string `json:"dataset_sha256,omitempty"` // of dataset.csv
		Text        string `json:"text"`
		BibTeX      string `json:"bibtex"`
	}
	jsonThreshold struct {
		Name    string `json:"name"`
		Value   string `json:"value"`
		Meaning string `json:"meaning"`
	}
)

type jsonValue figure.Value

func (v jsonValue) MarshalJSON() ([]byte, error) {
	switch v.State {
	case figure.Known:
		return json.Marshal(v.X)
	case figure.Hidden:
		return []byte(`"hidden"`), nil
	}
	return []byte("null"), nil
}

// JSON is report.json: every number that the report shows. Without cite, nothing says how the report
// is cited.
func (r *Report) JSON(cite *Citation) ([]byte, error) {
	out := jsonReport{
		Period: period(r.Period), Simulated: r.Simulated, Normalized: r.Normalized, Key: numbers(r.Key), Draft: r.Draft,
		Citation: (*jsonCitation)(cite),
		Coverage: jsonCoverage{
			All: region(r.Coverage.All), Unclassified: jsonValue(r.Coverage.Unclassified),
			Regions: []jsonRegion{}, Refused: []jsonRefused{}, Loss: r.Coverage.Loss, Silence: r.Coverage.Silence, Thin: r.Coverage.Thin, Frozen: r.Coverage.Frozen, Places: r.Coverage.Places,
		},
	}
	if r.HasBefore {
		p := period(r.Before)
		out.Before = &p
	}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, jsonFinding{f.Rule, f.Text, f.Figure, numbers(f.Numbers)})
	}
	for i := range r.Figures {
		out.Figures = append(out.Figures, figureJSON(&r.Figures[i]))
	}
	for _, c := range r.Coverage.Regions {
		out.Coverage.Regions = append(out.Coverage.Regions, region(c))
	}
	for _, c := range r.Coverage.Refused {
		out.Coverage.Refused = append(out.Coverage.Refused, jsonRefused(c))
	}
	for _, t := range r.Thresholds {
		out.Thresholds = append(out.Thresholds, jsonThreshold(t))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(out)
	return b.Bytes(), err
}

func region(c RegionCoverage) jsonRegion {
	rates := c.Rates
	if rates == nil {
		rates = []uint32{}
	}
	return jsonRegion{c.Region, jsonValue(c.Slots), c.Exporters, rates, jsonValue(c.Loss), jsonValue(c.Worst), c.Losing,
		c.Unrated, jsonValue(c.Error), c.Silence.Empty, c.Silence.Exporters, c.Silence.Longest, c.Read}
}

func period(s Span) jsonPeriod {
	return jsonPeriod{s.Name, s.From.Time(), s.To.Time(), s.Whole}
}

func numbers(list []Number) []jsonNumber {
	out := []jsonNumber{}
	for i := range list {
		n := &list[i]
		out = append(out, jsonNumber{n.Name, jsonValue(n.Value), n.Unit.Of(), n.Text(), n.Note})
	}
	return out
}

func figureJSON(f *Figure) jsonFigure {
	out := jsonFigure{Name: f.Name, Chapter: f.Chapter, Title: f.Title, Caption: f.Caption, Reading: f.Reading, Alt: f.Alt}
	for _, c := range f.Table.Columns {
		unit := ""
		if c.Unit != "" {
			unit = c.Unit.Of()
		}
		out.Columns = append(out.Columns, jsonColumn{c.Name, unit})
	}
	for _, row := range f.Table.Rows {
		cells := make([]any, len(row))
		for i, c := range row {
			if f.Table.Columns[i].Unit == "" {
				cells[i] = c.Label
			} else {
				cells[i] = jsonValue(c.Value)
			}
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}
