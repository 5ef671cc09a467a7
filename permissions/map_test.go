package permissions_test

import (
	"testing"

	"gatehouse/internal/storetest"
	"gatehouse/permissions"
)

func TestMapIsAStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) permissions.Store { return permissions.NewMap() })
	storetest.RunApprovals(t, func(*testing.T) storetest.Approvals { return permissions.NewMap() })
}
