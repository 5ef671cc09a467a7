package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"
)

// The buckets, and the one key of meta.
var (
	metaBucket      = []byte("meta")
	decisionsBucket = []byte("decisions") // hash of the key, then the decision's ID -> decision
	idsBucket       = []byte("ids")       // decision's ID -> hash of the key
	skillsBucket    = []byte("skills")    // name -> installation
	settingsBucket  = []byte("settings")  // setting -> value
	usesBucket      = []byte("uses")      // decision's ID -> when it last allowed something
	goneBucket      = []byte("gone")      // decision's ID -> what was taken back or lapsed
	approvalsBucket = []byte("approvals") // hash of a key's place -> what was approved there
	rulesBucket     = []byte("rules")     // rule's ID -> rule
	policiesBucket  = []byte("policies")  // policy file's path -> the texts of it that hold
	clientsBucket   = []byte("clients")   // client's name in small letters -> client
	tokensBucket    = []byte("tokens")    // hash of a client's token -> its name in small letters
	profilesBucket  = []byte("profiles")  // profile's name -> profile
	offBucket       = []byte("off")       // name of a built-in skill that agents do not see -> nothing

	// inboxBucket is made when something rests in the inbox for the first time.
	inboxBucket = []byte("inbox") // inboxKey -> the whole inbox
	inboxKey    = []byte("inbox")

	schemaKey = []byte("schema")
)

// migration brings a database from the schema of its place in the list to the next.
type migration func(*bbolt.Tx) error

// migrations are never changed once released, only added to. Schema 0 is an empty file.
var migrations = []migration{begin, remember, addPolicies, addApprovals, addClients}

// begin makes everything, and chooses the mark by which the person knows ask.
func begin(tx *bbolt.Tx) error {
	for _, name := range [][]byte{decisionsBucket, idsBucket, skillsBucket, settingsBucket} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	settings := tx.Bucket(settingsBucket)
	color, word := newMark()
	return errors.Join(settings.Put([]byte(MarkColor), []byte(color)), settings.Put([]byte(MarkWord), []byte(word)))
}

// remember makes room for what happens with decisions.
func remember(tx *bbolt.Tx) error {
	for _, name := range [][]byte{usesBucket, goneBucket} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return nil
}

// addPolicies makes room for the person's own rules and for the policy files that were seen.
func addPolicies(tx *bbolt.Tx) error {
	_, err := tx.CreateBucket(rulesBucket)
	if err == nil {
		_, err = tx.CreateBucket(policiesBucket)
	}
	return err
}

// addApprovals makes room for what was approved of each skill.
func addApprovals(tx *bbolt.Tx) error {
	_, err := tx.CreateBucket(approvalsBucket)
	return err
}

// addClients makes room for the connected clients, their profiles, and what they do not see.
func addClients(tx *bbolt.Tx) error {
	for _, name := range [][]byte{clientsBucket, tokensBucket, profilesBucket, offBucket} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return nil
}

// migrate runs the steps that bolt lacks, in one transaction.
func migrate(bolt *bbolt.DB, steps []migration) error {
	has, err := schema(bolt)
	if err != nil {
		return err
	}
	knows := uint64(len(steps))
	if has == knows {
		return nil
	}
	if has > knows {
		return &plainError{
			fmt.Sprintf("The database is of a newer Gatehouse: it has schema %d, and this program knows schema %d", has, knows),
			"update this program, or set GATEHOUSE_HOME to another folder", ErrNewer,
		}
	}
	if has > 0 {
		if err := copyAside(bolt, has); err != nil {
			return err
		}
	}
	err = bolt.Update(func(tx *bbolt.Tx) error {
		for _, step := range steps[has:] {
			if err := step(tx); err != nil {
				return err
			}
		}
		meta, err := tx.CreateBucketIfNotExists(metaBucket)
		if err != nil {
			return err
		}
		return meta.Put(schemaKey, number(knows))
	})
	if err != nil {
		return fmt.Errorf("bringing the database from schema %d to %d: %w", has, knows, err)
	}
	return nil
}

func schema(bolt *bbolt.DB) (has uint64, err error) {
	err = bolt.View(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(metaBucket)
		if meta == nil {
			if name, _ := tx.Cursor().First(); name != nil {
				return explain(bolt.Path(), errors.New("it is a database of another program"))
			}
			return nil
		}
		value := meta.Get(schemaKey)
		if len(value) != 8 {
			return explain(bolt.Path(), errors.New("its schema number is not one"))
		}
		has = binary.BigEndian.Uint64(value)
		return nil
	})
	return has, err
}

// copyAside keeps the database as it is, beside itself, on disk.
func copyAside(bolt *bbolt.DB, has uint64) (err error) {
	path := fmt.Sprintf("%s.schema-%d", bolt.Path(), has)
	defer func() {
		if err != nil {
			err = fmt.Errorf("copying the database to %q before changing it: %w", path, err)
		}
	}()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = bolt.View(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(file)
		return err
	})
	return errors.Join(err, file.Sync(), file.Close())
}
