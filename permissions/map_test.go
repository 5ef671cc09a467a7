package permissions_test

import (
	"testing"

	"gatehouse/internal/storetest"
	"gatehouse/permissions"
)

func TestMapIsAStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) permissions.Store { return permissions.NewMap() })
}
