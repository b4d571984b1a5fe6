package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/docker/go-units"
)

// jsonStream is an answer of one JSON value per line, each sent at once. It begins with the first value: what goes wrong
// before is an error like any other (pkg/streamformatter).
type jsonStream struct {
	w        http.ResponseWriter
	begun    bool
	newOrder bool          // of the fields of errors, as engine 29 has it
	held     *bytes.Buffer // takes the lines, if it is not nil
}

func (s *server) newStream(w http.ResponseWriter) *jsonStream {
	w.Header().Set("Content-Type", "application/json")
	return &jsonStream{w: w, newOrder: s.Engine.NewFieldOrder}
}

// finish gives an error to the client: as the last line if there are others, and else by returning it.
func (o *jsonStream) finish(err error) error {
	if err == nil || !o.begun {
		return err
	}
	o.fail(err)
	return nil
}

// fail writes an error as a line.
func (o *jsonStream) fail(err error) {
	detail := map[string]string{"message": err.Error()}
	if o.newOrder {
		o.send(struct {
			Error  string            `json:"error"`
			Detail map[string]string `json:"errorDetail"`
		}{err.Error(), detail})
		return
	}
	o.send(struct {
		Detail map[string]string `json:"errorDetail"`
		Error  string            `json:"error"`
	}{detail, err.Error()})
}

// send writes a line. A client that is gone is no error.
func (o *jsonStream) send(v any) {
	line, err := json.Marshal(v)
	if err != nil {
		return
	}
	o.write(append(line, "\r\n"...))
}

func (o *jsonStream) write(lines []byte) {
	if o.held != nil {
		o.held.Write(lines)
		return
	}
	o.begun = true
	_, _ = o.w.Write(lines)
	_ = http.NewResponseController(o.w).Flush()
}

// hold is a stream whose lines are written only if they are released, as those of a quiet build that fails.
func (o *jsonStream) hold() *jsonStream {
	return &jsonStream{newOrder: o.newOrder, held: new(bytes.Buffer)}
}

// release writes the lines that were held back, if any.
func (o *jsonStream) release(held *jsonStream) {
	if held.held != nil && held.held.Len() > 0 {
		o.write(held.held.Bytes())
	}
}

// status is a line that is no progress.
func (o *jsonStream) status(id, format string, args ...any) {
	o.send(struct {
		Status string `json:"status"`
		ID     string `json:"id,omitempty"`
	}{fmt.Sprintf(format, args...), id})
}

// progressDetail is how far something is, in bytes.
type progressDetail struct {
	Current    int64 `json:"current,omitempty"`
	Total      int64 `json:"total,omitempty"`
	HideCounts bool  `json:"hidecounts,omitempty"`
}

// progress is a line about a layer.
func (o *jsonStream) progress(id, action string, d progressDetail) {
	line := struct {
		Status   string         `json:"status"`
		Detail   progressDetail `json:"progressDetail"`
		Progress string         `json:"progress,omitempty"`
		ID       string         `json:"id"`
	}{Status: action, Detail: d, ID: id}
	if !o.newOrder {
		line.Progress = d.bar()
	}
	o.send(line)
}

// bar draws progress as dockerd did for clients that did not (pkg/jsonmessage).
func (d progressDetail) bar() string {
	if d.Total <= 0 {
		return ""
	}
	done := min(int(float64(d.Current)/float64(d.Total)*100)/2, 50)
	current := units.HumanSize(float64(d.Current))
	box := "[" + strings.Repeat("=", done) + ">" + strings.Repeat(" ", 50-done) + "] "
	if d.Current > d.Total {
		return box + fmt.Sprintf("%8v", current)
	}
	return box + fmt.Sprintf("%8v/%v", current, units.HumanSize(float64(d.Total)))
}

// text is a line of text.
func (o *jsonStream) text(text string) {
	o.send(struct {
		Stream string `json:"stream"`
	}{text})
}

// Write is text for those who take a writer.
func (o *jsonStream) Write(text []byte) (int, error) {
	o.text(string(text))
	return len(text), nil
}

// aux is a line for programs.
func (o *jsonStream) aux(v any) {
	o.send(struct {
		Detail struct{} `json:"progressDetail"`
		Aux    any      `json:"aux"`
	}{Aux: v})
}

// failCode is fail for a command that ended badly.
func (o *jsonStream) failCode(code int, err error) {
	type detail struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	d := detail{code, err.Error()}
	if o.newOrder {
		o.send(struct {
			Error  string `json:"error"`
			Detail detail `json:"errorDetail"`
		}{err.Error(), d})
		return
	}
	o.send(struct {
		Detail detail `json:"errorDetail"`
		Error  string `json:"error"`
	}{d, err.Error()})
}
