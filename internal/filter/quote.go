package filter

// Quoted is a value as an expression has it: in quotes if it needs them.
func Quoted(value string) string { return written(value) }
