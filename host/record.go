package host

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"gatehouse/audit"
	"gatehouse/permissions"
	"gatehouse/powers/local"
)

// callRecord is the line that is written before a call runs; it holds no content.
func callRecord(id string, s permissions.Subject, c Call) audit.Record {
	return audit.Record{
		Kind: audit.KindCall, Call: id, Subject: s, Tool: c.Tool, Dry: c.Dry,
		InputDigest: digest(c.Input), InputBytes: int64(len(c.Input)),
	}
}

// resultRecord is the line that is written when the call of began ended with result or err.
func resultRecord(began audit.Record, result Result, err error) audit.Record {
	r := began
	r.Kind = audit.KindResult
	r.OutputDigest, r.OutputBytes = digest(result.Output), int64(len(result.Output))
	r.RunningMs, r.WaitingMs = millis(result.Usage.Running), millis(result.Usage.Waiting)
	r.Memory, r.Fuel = result.Usage.Memory, result.Usage.Fuel
	r.ThrottledMs, r.Files, r.Asked = millis(result.Usage.Throttled), result.Usage.Files, result.Usage.Asked
	r.Wrote, r.Interpreted = result.Usage.Wrote, result.Usage.Interpreted
	r.ReadBytes, r.WrittenBytes = result.Usage.Read, result.Usage.Written
	r.SentBytes, r.ReceivedBytes, r.Requests = result.Usage.Sent, result.Usage.Received, result.Usage.Requests
	r.Refusals = len(result.Refusals)
	if err == nil && result.Dry != nil && result.Dry.Failed != nil {
		err = result.Dry.Failed
	}
	if err != nil {
		r.Outcome = string(Explain(err).Code)
	}
	return r
}

// writeRecord is the line for a change that is about to be made: its operation as the rule, what stood there as the
// input, and what stands there then as the output.
func writeRecord(kind, call, tool string, s permissions.Subject, w local.Written) audit.Record {
	return audit.Record{
		Kind: kind, Call: call, Subject: s, Tool: tool, Grant: w.Grant.String(), Rule: string(w.Operation),
		InputDigest: w.BeforeDigest, InputBytes: w.Before, OutputDigest: w.AfterDigest, OutputBytes: w.After,
		WrittenBytes: w.After,
	}
}

// sentRecord is the line for a request that was sent. The address stands in the grant, without its query: that is data,
// like the bodies.
func sentRecord(call, tool string, s permissions.Subject, sent local.Sent) audit.Record {
	return audit.Record{
		Kind: audit.KindSent, Call: call, Subject: s, Tool: tool, Grant: sent.Grant.String(), Outcome: string(sent.Fault),
		InputDigest: sent.Body, InputBytes: sent.BodySize, OutputDigest: sent.Answer, OutputBytes: sent.AnswerSize,
		QueryDigest: sent.Query, Status: sent.Status, SentBytes: sent.Out, ReceivedBytes: sent.In, Addresses: sent.Addresses,
	}
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
