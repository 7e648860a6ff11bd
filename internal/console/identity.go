package console

import "context"

// Role is what somebody may do.
type Role uint8

// The roles, each with what those before it may.
const (
	Anyone Role = iota // who has not said who they are: the log-in page
	Viewer             // sees everything
	Editor             // also changes: views, the catalogue, reports
)

// String is the role's name in the configuration.
func (r Role) String() string { return [...]string{"anyone", "viewer", "editor"}[r] }

// Identity is who asks.
type Identity struct {
	Name string
	Role Role
}

type identityKey struct{}

// withIdentity says who asks.
func withIdentity(ctx context.Context, who Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, who)
}

// identityOf is who asks; the zero Identity if nobody said.
func identityOf(ctx context.Context) Identity {
	who, _ := ctx.Value(identityKey{}).(Identity)
	return who
}

// audit notes a change: who, what, and what about it.
func (c *Console) audit(ctx context.Context, action string, about ...any) {
	who := identityOf(ctx)
	c.log.Info("changed", append([]any{"by", who.Name, "role", who.Role.String(), "action", action}, about...)...)
}
