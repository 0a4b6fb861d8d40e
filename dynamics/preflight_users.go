package dynamics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// userCheck is what is checked of one application user: any of them may be given any request. Once
// a step fails that its later ones need, those are skipped.
type userCheck struct {
	*preflight
	user   *user
	broken bool
	who    Identity
}

// each makes a step that is taken for every user.
func (p *preflight) each(step func(*userCheck, context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, u := range p.users {
			if err := step(u, u.user.as(ctx)); err != nil {
				return err
			}
		}
		return nil
	}
}

// sound is the first user without a fault so far; nil if there is none.
func (p *preflight) sound() *userCheck {
	for _, u := range p.users {
		if !u.broken {
			return u
		}
	}
	return nil
}

// named is a step's name: with the user's, if it has one.
func (u *userCheck) named(step string) string {
	if u.user.Name == "" {
		return step
	}
	return step + " as " + u.user.Name
}

// step books the outcome of a check that all later ones of the user need.
func (u *userCheck) step(name, detail string, err error) error {
	if err != nil {
		u.broken = true
		return u.failed(u.named(name), err)
	}
	u.ok(u.named(name), detail)
	return nil
}

func (u *userCheck) token(ctx context.Context) error {
	how := "signed in at " + u.client.authority.Host + " by " + u.user.credential()
	if u.user.ManagedIdentity != nil {
		how = "signed in by " + u.user.credential()
	}
	return u.step(stepToken, how, u.client.SignIn(ctx))
}

func (u *userCheck) whoAmI(ctx context.Context) error {
	if u.broken {
		u.skip(u.named(stepWhoAmI))
		return nil
	}
	who, err := u.client.WhoAmI(ctx)
	if err == nil {
		u.who = who
		if problem := u.unlikeOthers(); problem != nil {
			u.broken = true
			u.result.Steps = append(u.result.Steps, *problem)
			return nil
		}
	}
	if u.result.UserID == "" {
		u.result.UserID, u.result.OrganizationID = who.UserID, who.OrganizationID
	}
	return u.step(stepWhoAmI, "application user "+who.UserID+" of organization "+who.OrganizationID, err)
}

// unlikeOthers compares a user with those before: they must be others, of the same organization.
func (u *userCheck) unlikeOthers() *Step {
	for _, other := range u.users {
		switch {
		case other == u:
			return nil
		case other.broken || other.who.UserID == "":
		case !strings.EqualFold(other.who.OrganizationID, u.who.OrganizationID):
			return &Step{
				Name:   u.named(stepWhoAmI),
				Detail: fmt.Sprintf("%s is of organization %s, and %s of %s", u.user.Name, u.who.OrganizationID, other.user.Name, other.who.OrganizationID),
				Fix:    "Name only application users of one environment in DYNAMICS_CLIENTS",
			}
		case strings.EqualFold(other.who.UserID, u.who.UserID):
			return &Step{
				Name:   u.named(stepWhoAmI),
				Detail: fmt.Sprintf("%s and %s are the same application user %s, whose limits do not double", other.user.Name, u.user.Name, u.who.UserID),
				Fix:    "Make an app registration and an application user for each name in DYNAMICS_CLIENTS",
			}
		}
	}
	return nil
}

func (u *userCheck) read(ctx context.Context) error {
	if u.broken {
		u.skip(u.named(stepRead))
		return nil
	}
	_, _, err := u.client.list(ctx, probeRead, "contactid")
	if err != nil {
		return u.failed(u.named(stepRead), err)
	}
	u.ok(u.named(stepRead), "contacts can be read")
	return nil
}

// columns reads what contact has; that it can be read is checked of each user.
func (u *userCheck) columns(ctx context.Context) error {
	if u.broken {
		u.skip(u.named(stepTable))
		return nil
	}
	table, err := u.client.Table(ctx)
	if err != nil {
		return u.step(stepTable, "", err)
	}
	if u.table == nil {
		u.table = table
	}
	u.ok(u.named(stepTable), fmt.Sprintf("%d columns", len(table.all)))
	return nil
}

// write asks for the privilege without writing: first Dataverse's own function, then an update of a
// contact that cannot exist, which is refused with 404 by whoever may update, and with 403 by
// whoever may not. If-Match keeps it from creating one.
func (u *userCheck) write(ctx context.Context) error {
	name := u.named(stepWrite)
	if u.broken {
		u.skip(name)
		return nil
	}
	lacks, err := u.lacksPrivilege(ctx, privilegeWrite)
	if err != nil {
		return err
	}
	if lacks {
		return u.failed(name, &Error{Op: opProbeWrite, user: u.user.told(), Code: codePrivilegeDenied, StatusCode: http.StatusForbidden, detail: privilegeWrite})
	}
	switch e := u.probe(ctx); {
	case e == nil:
		u.ok(name, "contacts can be updated")
		u.security()
		return nil
	case e.Code == codeColumnSecurity:
		u.ok(name, "contacts can be updated")
		return u.failed(u.named(stepSecurity), e)
	default:
		return u.failed(name, e)
	}
}

// lacksPrivilege is true only if Dataverse says so; an environment that does not know the function
// leaves it to the probe. The error is one that passes by itself.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrieveuserprivilegebyprivilegename
func (u *userCheck) lacksPrivilege(ctx context.Context, name string) (bool, error) {
	path := "systemusers(" + u.who.UserID + ")/Microsoft.Dynamics.CRM.RetrieveUserPrivilegeByPrivilegeName(PrivilegeName=@p)?@p=" + escape(literal(name))
	doc, err := u.client.get(ctx, query{op: opProbeWrite, context: typePrefix, path: path})
	var e *Error
	switch privileges := doc.Get("RolePrivileges"); {
	case errors.As(err, &e) && e.Temporary():
		return false, e
	case err != nil:
		return false, nil //nolint:nilerr // who may not ask is not thereby refused; the writing itself tells
	default:
		return privileges.IsArray() && len(privileges.Array()) == 0, nil
	}
}

// security reports on the secured columns that the probe named and Dynamics did not refuse.
func (u *userCheck) security() {
	for _, c := range u.written() {
		if c.Secured {
			u.ok(u.named(stepSecurity), c.LogicalName+" has column security, and Dynamics did not refuse the application user")
		}
	}
}
