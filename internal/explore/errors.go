package explore

import "fmt"

// QuestionError is a question that cannot be answered as it is asked. Its message is a sentence for
// whoever asked: what is wrong, and what to ask instead.
type QuestionError struct {
	Field   string // of Question, as in its JSON: "measure", "by", "range", "step", "top"
	Message string
}

func (e *QuestionError) Error() string { return e.Message }

// wrong makes a QuestionError.
func wrong(field, format string, args ...any) *QuestionError {
	return &QuestionError{field, fmt.Sprintf(format, args...)}
}
