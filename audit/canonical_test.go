package audit_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"gatehouse/audit"
	"gatehouse/permissions"
	"gatehouse/skill"
)

// FuzzCanonical fills every field of a line and compares it with the keeper of RFC 8785.
func FuzzCanonical(f *testing.F) {
	f.Add(uint64(1), "fs:read:${workspace}/a.txt", 0.25)
	f.Add(uint64(2), "\x00\b\f\n\r\t\x1f \"\\/<>&\u2028\u2029\u007f", 1e21)
	f.Add(uint64(3), "é😀\xff\xed\xa0\x80e\u0301\ufeff", 1e-7)
	f.Add(uint64(4), "", -123456789.125)
	f.Add(uint64(5), "\ufffd", 333333333.33333329)
	f.Add(uint64(6), "x", math.SmallestNonzeroFloat64)
	f.Add(uint64(7), "x", math.Copysign(0, -1))
	f.Fuzz(func(t *testing.T, seed uint64, text string, number float64) {
		if math.IsInf(number, 0) || math.IsNaN(number) {
			t.Skip("no number of JSON")
		}
		var r audit.Record
		fillIn(reflect.ValueOf(&r).Elem(), rand.New(rand.NewPCG(seed, 1)), text, number)
		got, err := r.Canonical()
		want, bad := skill.Canonical(r)
		if err != nil || bad != nil || !bytes.Equal(got, want) {
			t.Errorf("canonical = %s, %v\nwant %s, %v", got, err, want, bad)
		}
	})
}

func TestEveryLineIsCanonical(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var r audit.Record
		text := make([]rune, random.IntN(20))
		for i := range text {
			text[i] = random.Int32N(0x3000)
		}
		fillIn(reflect.ValueOf(&r).Elem(), random, string(text), math.Float64frombits(random.Uint64()&^(1<<62)))
		got, err := r.Canonical()
		want, bad := skill.Canonical(r)
		if err != nil || bad != nil || !bytes.Equal(got, want) {
			t.Fatalf("canonical = %s, %v\nwant %s, %v", got, err, want, bad)
		}
	}
}

func TestANumberThatIsNone(t *testing.T) {
	for _, n := range []float64{math.NaN(), math.Inf(1)} {
		if err := open(t, t.TempDir()).Append(audit.Record{Kind: audit.KindResult, RunningMs: n}); err == nil {
			t.Errorf("a line with %v was written", n)
		}
	}
}

// fillIn gives v and all in it a value, and leaves some out.
func fillIn(v reflect.Value, random *rand.Rand, text string, number float64) {
	if random.IntN(4) == 0 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text[random.IntN(len(text)+1):])
	case reflect.Int, reflect.Int64:
		v.SetInt(random.Int64() >> random.IntN(64))
	case reflect.Uint64:
		v.SetUint(random.Uint64() >> random.IntN(64))
	case reflect.Float64:
		v.SetFloat(number)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), random.IntN(3), 3))
		for i := range v.Len() {
			fillIn(v.Index(i), random, text, number)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillIn(v.Elem(), random, text, number)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.UnixMilli(random.Int64N(4e12)).UTC()))
			return
		}
		for i := range v.NumField() {
			fillIn(v.Field(i), random, text, number)
		}
	}
}

func BenchmarkCanonical(b *testing.B) {
	r := audit.Record{Seq: 123456, Time: time.Now(), Kind: audit.KindRequest, Call: "c-0123456789abcdef0123456789abcdef",
		Subject: permissions.Subject{Skill: "files", Version: "1.0.0", Signer: "built in", Digest: "sha256:aa", Capabilities: "sha256:bb",
			Client: "terminal", Session: "s", Workspace: "/home/ada/work/acme"},
		Grant: "fs:read:${workspace}/deep/below/file.txt", Verdict: permissions.Allow, Rule: "asked"}
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			if _, err := r.Canonical(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("jcs", func(b *testing.B) {
		for b.Loop() {
			if _, err := skill.Canonical(r); err != nil {
				b.Fatal(err)
			}
		}
	})
}
