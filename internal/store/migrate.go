package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tributary/internal/flow"
)

// Version 2 added to health what was lost and which bounds were reached, and the table of imports.
// Version 3 added traffic by day and month, version 4 places by day and month; Maintain fills them.

// newInVersion2 are the columns of health that version 1 has not, with the expression that stands
// for each over a row of version 1.
func newInVersion2() map[string]string {
	var refused []string
	for r := range flow.NumRefusals {
		if r.Unit() == "record" {
			refused = append(refused, "refused_"+r.String())
		}
	}
	sum := strings.Join(refused, " + ")
	added := map[string]string{"kept": fmt.Sprintf("(CASE WHEN records >= %s THEN records - (%s) ELSE 0 END)::UBIGINT", sum, sum)}
	for _, column := range []string{"lost_datagrams", "lost_records", "overrun", "late", "restarts"} {
		added[column] = "0::UBIGINT"
	}
	for l := range flow.NumLimits {
		added["limit_"+l.String()] = "0::UBIGINT"
	}
	return added
}

// healthOf are healthColumns as expressions over the table health of a store of this version.
func healthOf(version int) []string {
	columns := healthColumns()
	if version > 1 {
		return columns
	}
	added := newInVersion2()
	columns = slices.Clone(columns)
	for i, c := range columns {
		if expression, ok := added[c]; ok {
			columns[i] = expression
		}
	}
	return columns
}

// migrate brings the tables from a version up to schemaVersion, in one transaction. A store that is
// open for reading only stays as it is: its views read both versions. It returns the version that
// the tables have then.
func (s *Store) migrate(ctx context.Context, from int) (version int, err error) {
	if from == schemaVersion || s.options.ReadOnly {
		return from, nil
	}
	_, err = s.transact(ctx, func() error {
		var statements []string
		if from < 2 {
			statements = []string{
				healthTable("health_new"),
				fmt.Sprintf("INSERT INTO health_new SELECT slot, exporter_hi, exporter_lo, region, %s, rates FROM health", strings.Join(healthOf(from), ", ")),
				"DROP TABLE health",
				"ALTER TABLE health_new RENAME TO health",
				importsTable,
			}
		}
		statements = append(statements, createLong()...)
		statements = append(statements, fmt.Sprintf("UPDATE meta SET value = '%d' WHERE name = 'version'", schemaVersion))
		for _, statement := range statements {
			if err := s.conn.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return from, fmt.Errorf("cannot bring the store %s from version %d to %d: %w; it is as it was", s.path, from, schemaVersion, err)
	}
	return schemaVersion, nil
}
