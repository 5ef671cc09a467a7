package permissions_test

import (
	"context"
	"testing"

	"gatehouse/permissions"
)

func TestAPickedFileMayHoldCredentials(t *testing.T) {
	for _, c := range []struct {
		name, grant string
		picked      bool
		want        permissions.Code
	}{
		{"credentials that nobody picked", "fs:read:/home/u/.ssh/config", false, permissions.CodeDenied},
		{"credentials that the person picked", "fs:read:/home/u/.ssh/config", true, ""},
		{"picked credentials for writing", "fs:write:/home/u/.ssh/config", true, permissions.CodeDenied},
		{"a picked folder of credentials", "fs:list:/home/u/.ssh", true, permissions.CodeDenied},
		{"a pattern is no picked file", "fs:read:/home/u/.ssh/*", true, permissions.CodeDenied},
		{"a picked file of a browser", "fs:read:/home/u/.mozilla/x", true, permissions.CodeDenied},
		{"a picked file of ours", "fs:read:/home/u/.local/share/gatehouse/state.db", true, permissions.CodeDenied},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := furnish(t)
			h.person.answer = quick
			g := h.beginAs(subject(), permissions.Capabilities{Optional: lines(t, c.grant)})
			wantCode(t, g.Check(context.Background(), permissions.Need{Grant: parse(t, c.grant), Picked: c.picked}), c.want)
		})
	}
}
