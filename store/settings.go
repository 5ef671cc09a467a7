package store

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// Setting names one setting.
type Setting string

// The settings.
const (
	// ApprovalWait is how long a question waits for its answer, as a Go duration between a minute and a day.
	ApprovalWait Setting = "approval-wait"
	// MarkColor and MarkWord are what the person knows ask by; the first start chooses them.
	MarkColor Setting = "mark-color"
	MarkWord  Setting = "mark-word"
	// Paused is "yes" while everything is paused, "no" otherwise.
	Paused Setting = "paused"
	// Theme is "system", "light" or "dark".
	Theme Setting = "theme"
	// RecordSize is how large the record becomes before its oldest parts go, in MiB, and RecordDays how old they become,
	// in days; 0 days is as old as there is room for.
	RecordSize Setting = "record-size"
	RecordDays Setting = "record-days"
	// AgentsHTTP is the port on loopback where agents may connect over HTTP, or "off". AgentsTools is "all" where agents see
	// every tool at once, "search" where they find them. AgentsWassette is "on" where they have Wassette's tools too.
	AgentsHTTP     Setting = "agents-http"
	AgentsTools    Setting = "agents-tools"
	AgentsWassette Setting = "agents-wassette"
)

// ErrSetting is returned, wrapped, for a setting that there is not and for a value that it cannot have.
var ErrSetting = errors.New("no such setting or value")

// known are the settings with what they are before anybody sets them, and their values in words and as a check.
var known = map[Setting]struct {
	unset, want string
	fits        func(string) bool
}{
	ApprovalWait: {"10m0s", "a time between 1m and 24h", func(v string) bool {
		d, err := time.ParseDuration(v)
		return err == nil && d >= time.Minute && d <= 24*time.Hour
	}},
	MarkColor:      {"", "a colour like oklch(68% .15 320)", regexp.MustCompile(`^oklch\([0-9]{1,3}% \.[0-9]{1,3} [0-9]{1,3}\)$`).MatchString},
	MarkWord:       {"", "a word of 3 to 20 small letters", regexp.MustCompile(`^[a-z]{3,20}$`).MatchString},
	Paused:         {"no", "yes or no", regexp.MustCompile(`^(yes|no)$`).MatchString},
	RecordSize:     {"1024", "a number of MiB between 16 and 1048576", between(16, 1<<20)},
	RecordDays:     {"0", "a number of days up to 36500, or 0", between(0, 36500)},
	AgentsHTTP:     {"off", "off, or a port between 1024 and 65535", func(v string) bool { return v == "off" || between(1024, 65535)(v) }},
	AgentsTools:    {"all", "all or search", regexp.MustCompile(`^(all|search)$`).MatchString},
	AgentsWassette: {"off", "on or off", regexp.MustCompile(`^(on|off)$`).MatchString},
	Theme:          {"system", "system, light or dark", regexp.MustCompile(`^(system|light|dark)$`).MatchString},
}

func between(least, most int) func(string) bool {
	return func(v string) bool {
		n, err := strconv.Atoi(v)
		return err == nil && n >= least && n <= most
	}
}

// Settings are the person's settings. A record of theirs never widens what a skill may do.
type Settings struct{ bolt *disk }

// Settings returns the person's settings.
func (db *DB) Settings() *Settings { return &Settings{db.bolt} }

// Names lists the settings.
func (s *Settings) Names() []Setting { return slices.Sorted(maps.Keys(known)) }

// Get returns the value of name, or what it is before anybody sets it; ErrSetting for a name that there is not.
func (s *Settings) Get(name Setting) (string, error) {
	k, ok := known[name]
	if !ok {
		return "", unknownSetting(name)
	}
	value := k.unset
	err := s.bolt.View(func(tx *bbolt.Tx) error {
		if kept := tx.Bucket(settingsBucket).Get([]byte(name)); kept != nil {
			value = string(kept)
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("reading the setting %q: %w", name, err)
	}
	return value, nil
}

// Set keeps a value; ErrSetting for a name that there is not and a value that does not fit.
func (s *Settings) Set(name Setting, value string) error {
	k, ok := known[name]
	if !ok {
		return unknownSetting(name)
	}
	if !k.fits(value) {
		return &plainError{fmt.Sprintf("The setting %s cannot be %q", name, value), "it is " + k.want, ErrSetting}
	}
	err := s.bolt.decide(func(tx *bbolt.Tx) error { return tx.Bucket(settingsBucket).Put([]byte(name), []byte(value)) })
	if err != nil {
		return fmt.Errorf("keeping the setting %q: %w", name, err)
	}
	return nil
}

func unknownSetting(name Setting) error {
	return &plainError{
		fmt.Sprintf("There is no setting %q", name),
		fmt.Sprintf("the settings are %s", slices.Sorted(maps.Keys(known))), ErrSetting,
	}
}

// newMark draws a colour and a word. Nobody needs to guess them to be let in: they only make a picture of ask look
// wrong, so an ordinary random source does.
func newMark() (color, word string) {
	return fmt.Sprintf("oklch(68%% .15 %d)", 15*rand.IntN(24)), markWords[rand.IntN(len(markWords))]
}

var markWords = strings.Fields(`
	acorn alder amber anvil apple arrow aspen badger barley basil beacon birch bison bramble bridge candle canyon cedar
	cherry clover comet copper coral cricket cypress dahlia delta dolphin ember falcon feather fennel fern ferry finch
	flint forest garnet ginger glacier granite harbor hazel heron ivory jasmine juniper kettle lantern larch lemon lilac
	linen lotus magnet maple marble meadow melon mint mosaic nettle nutmeg oak olive onyx orchid otter paper pebble
	pepper pine plum poplar quartz quince raven reed river robin saffron sage salmon sorrel sparrow spruce starling
	stone thistle thyme topaz tulip turnip velvet violet walnut willow window wren yarrow zephyr`)
