// Package filter is the small language in which a reader says which traffic a question is about:
//
//	type = neocloud and region in (US-East, EU-Central) and not link.kind = migration
package filter
