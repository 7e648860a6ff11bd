package main

import (
	"strings"
	"testing"
)

// TestImportSaysThatADatabaseIsDamaged: what could not be looked up is no secret.
func TestImportSaysThatADatabaseIsDamaged(t *testing.T) {
	said := func(s bulkSum) bool {
		var b strings.Builder
		s.report(&b)
		return strings.Contains(b.String(), "lookups failed in as_database or geo_database")
	}
	if said(bulkSum{}) || !said(bulkSum{Unplaced: 2}) {
		t.Error("said without a failed lookup, or not said with two")
	}
}
