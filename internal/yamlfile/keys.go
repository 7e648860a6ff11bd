package yamlfile

import (
	"fmt"
	"reflect"
	"strings"
)

// Keys are the keys of a struct type, in the order of its fields.
func Keys(t reflect.Type) []string {
	var keys []string
	for field := range t.Fields() {
		if key := keyOf(field); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// keyOf is the key of a field; empty for a field that no file may set.
func keyOf(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if key == "-" {
		return ""
	}
	return key
}

func fieldOf(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if key != "" && keyOf(v.Type().Field(i)) == key {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// suggest names the key that was probably meant, or all there are.
func suggest(key string, keys []string) string {
	best, least := "", 1+min(3, max(1, len(key)/2)) // letters exchanged are two slips
	for _, k := range keys {
		if d := distance(strings.ToLower(key), k); d < least {
			best, least = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	return "the keys here are " + strings.Join(keys, ", ")
}

// distance is the number of letters to insert, delete or change to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
